"""Laying out a base backup: what is no file of a database is not made."""

import io
import tarfile

import pytest

from hmis.ops.restore import _lay_out
from hmis.ops.shelf import ShelfError


def packed(*members: tuple[str, bytes, bytes | None]) -> tarfile.TarFile:
    """A tar of (name, type, content), read as a stream like that of a shelf."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        for name, kind, content in members:
            member = tarfile.TarInfo(name)
            member.type, member.size, member.linkname = kind, len(content or b""), "/etc/passwd"
            tar.addfile(member, io.BytesIO(content) if content is not None else None)
    held.seek(0)
    return tarfile.open(fileobj=held, mode="r|")


def test_folders_and_files_are_laid_out_for_us_alone(tmp_path):
    _lay_out(
        packed(("base", tarfile.DIRTYPE, None), ("base/1", tarfile.REGTYPE, b"rows"), ("empty", b"0", b"")),
        tmp_path,
    )

    assert (tmp_path / "base" / "1").read_bytes() == b"rows"
    assert (tmp_path / "empty").read_bytes() == b""
    assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*")} == {0}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../beside", tarfile.REGTYPE),
        ("base/../../beside", tarfile.REGTYPE),
        ("/tmp/hmis-beside", tarfile.REGTYPE),
        ("link", tarfile.SYMTYPE),
        ("link", tarfile.LNKTYPE),
        ("pipe", tarfile.FIFOTYPE),
    ],
)
def test_nothing_beside_it_is_written_and_no_link_is_made(name, kind, tmp_path):
    draft = tmp_path / "draft"
    draft.mkdir()
    with pytest.raises(ShelfError, match="no file of a database"):
        _lay_out(packed((name, kind, b"x" if kind == tarfile.REGTYPE else None)), draft)

    assert list(tmp_path.rglob("*")) == [draft]
