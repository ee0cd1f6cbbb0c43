"""What may reach a terminal or a log: lines of printable characters, and nothing else."""


def unprintable(text: str) -> set[str]:
    """Return every character that neither prints nor ends a line."""
    return {character for character in text if not character.isprintable()} - {"\n"}
