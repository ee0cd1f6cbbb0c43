"""Exit codes, the same for every output format."""

VIOLATION = 1
COULD_NOT_JUDGE = 2
INTERNAL_ERROR = 3
INTERRUPTED = 130  # 128 + SIGINT, as shells expect


class Refusal(Exception):
    """The gate could not judge; `text` says why, ready to print."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
