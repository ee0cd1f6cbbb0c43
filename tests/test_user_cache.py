"""What is remembered between runs: for its user alone, and only what was kept."""

import os
import sys
from pathlib import Path

import pytest

from lbom_gate import user_cache
from lbom_gate.user_cache import UserCache

KEY, OTHER = "0" * 64, "1" * 64
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a profile is its user's alone")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory of the user's caches; there is none yet."""
    for name in ("LBOM_GATE_NO_CACHE", "CI"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setattr(sys, "platform", "win32" if sys.platform == "win32" else "linux")
    return home


@pytest.fixture
def cache(home: Path, tmp_path: Path) -> UserCache:
    del home
    return UserCache.outside(tmp_path / "repository")


def test_what_is_kept_is_recalled(cache: UserCache, home: Path) -> None:
    assert cache.recall(KEY) is None

    cache.keep(KEY, b"one")
    cache.keep(OTHER, b"")
    cache.keep(KEY, b"two")

    assert cache.recall(KEY) == b"two"
    assert cache.recall(OTHER) == b""
    assert sorted(file.name for file in (home / "lbom-gate").iterdir()) == [KEY, OTHER]


@pytest.mark.parametrize("name", ["LBOM_GATE_NO_CACHE", "CI"])
def test_nothing_is_kept_where_that_is_off(
    name: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")
    off = UserCache.outside(tmp_path / "repository")
    off.keep(KEY, b"one")

    assert off.recall(KEY) is None
    assert not home.exists()


@pytest.mark.parametrize("below", ["", "a/b"])
def test_nothing_is_kept_inside_the_repository(
    below: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home / below))
    cache = UserCache.outside(home)
    cache.keep(KEY, b"one")

    assert cache == UserCache(None)
    assert not home.exists()


def test_a_link_into_the_repository_leads_into_the_repository(tmp_path: Path, home: Path) -> None:
    (tmp_path / "repository").mkdir()
    home.symlink_to(tmp_path / "repository")

    assert UserCache.outside(tmp_path / "repository") == UserCache(None)


def test_a_damaged_entry_is_none(cache: UserCache, home: Path) -> None:
    cache.keep(KEY, b"some bytes")
    entry = home / "lbom-gate" / KEY
    whole = entry.read_bytes()

    for damaged in (b"", whole[:-1], whole + b" ", *_flipped(whole)):
        entry.write_bytes(damaged)
        assert cache.recall(KEY) is None
    entry.write_bytes(whole)
    assert cache.recall(KEY) == b"some bytes"


def _flipped(whole: bytes) -> list[bytes]:
    return [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]


def test_the_entry_of_another_key_is_none(cache: UserCache, home: Path) -> None:
    cache.keep(KEY, b"lax")
    (home / "lbom-gate" / KEY).rename(home / "lbom-gate" / OTHER)

    assert cache.recall(OTHER) is None


@POSIX
@pytest.mark.parametrize("mode", [0o755, 0o750, 0o770, 0o777, 0o701])
def test_a_directory_that_others_may_enter_is_refused(
    mode: int, cache: UserCache, home: Path
) -> None:
    cache.keep(KEY, b"one")
    (home / "lbom-gate").chmod(mode)
    cache.keep(KEY, b"two")

    assert cache.recall(KEY) is None
    (home / "lbom-gate").chmod(0o700)
    assert cache.recall(KEY) == b"one"


@POSIX
def test_a_directory_of_somebody_else_is_refused(
    cache: UserCache, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.keep(KEY, b"one")
    monkeypatch.setattr(os, "geteuid", lambda: home.stat().st_uid + 1)

    assert cache.recall(KEY) is None


@POSIX
def test_a_link_is_no_directory_and_no_entry(cache: UserCache, home: Path) -> None:
    cache.keep(KEY, b"one")
    directory = home / "lbom-gate"
    (directory / KEY).rename(home / "elsewhere")
    (directory / KEY).symlink_to(home / "elsewhere")
    assert cache.recall(KEY) is None

    directory.rename(home / "moved")
    directory.symlink_to(home / "moved", target_is_directory=True)
    cache.keep(OTHER, b"two")
    assert cache.recall(OTHER) is None


@POSIX
def test_the_directory_is_made_for_the_user_alone(cache: UserCache, home: Path) -> None:
    mask = os.umask(0)
    try:
        cache.keep(KEY, b"one")
    finally:
        os.umask(mask)

    assert (home / "lbom-gate").stat().st_mode & 0o777 == 0o700
    assert (home / "lbom-gate" / KEY).stat().st_mode & 0o777 == 0o600


@POSIX
def test_what_cannot_be_read_or_written_is_passed_over(cache: UserCache, home: Path) -> None:
    home.write_bytes(b"a file in the place of a directory")
    cache.keep(KEY, b"one")

    assert cache.recall(KEY) is None

    home.unlink()
    (home / "lbom-gate").mkdir(parents=True, mode=0o700)
    os.mkfifo(home / "lbom-gate" / KEY)
    assert cache.recall(KEY) is None


def test_the_oldest_entries_make_room(
    cache: UserCache, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_cache, "MAX_ENTRIES", 3)
    for number in range(6):
        cache.keep(f"{number:064}", b"one")
        os.utime(home / "lbom-gate" / f"{number:064}", (number, number))

    kept = sorted(int(file.name) for file in (home / "lbom-gate").iterdir())
    assert kept == [3, 4, 5]


def test_an_entry_has_an_end(cache: UserCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_cache, "MAX_BYTES", 100)
    cache.keep(KEY, b"x" * 37)
    cache.keep(OTHER, b"x" * 36)

    assert cache.recall(KEY) is None
    assert cache.recall(OTHER) == b"x" * 36


@pytest.mark.parametrize(
    ("platform", "below"), [("darwin", "Library/Caches/lbom-gate"), ("linux", ".cache/lbom-gate")]
)
@POSIX
def test_entries_lie_where_the_system_keeps_caches(
    platform: str, below: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/path")
    monkeypatch.setenv("HOME", str(home))

    assert UserCache.outside(tmp_path / "repository").directory == home / below


@pytest.mark.parametrize("absent", [(), ("_sha2", "_sha256"), ("_sha2",)])
def test_a_digest_is_that_of_hashlib(
    absent: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in absent:
        monkeypatch.setitem(sys.modules, name, None)
    user_cache._sha256.cache_clear()  # noqa: SLF001
    found = user_cache.sha256(b"abc")
    user_cache._sha256.cache_clear()  # noqa: SLF001

    # FIPS 180-4, the example of one block.
    assert found == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
