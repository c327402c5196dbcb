"""What is sealed opens with its key and whole, or not at all."""

import base64
import io
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from hmis.ops import vault
from hmis.ops.vault import Key, Unsealable, make_key, opened, read_key, seal

KEY = Key(b"k" * 32)
HEAD = 8 + vault.FINGERPRINT + vault.SALT


def sealed(contents, key=KEY):
    target = io.BytesIO()
    length, _ = seal(io.BytesIO(contents), target, key)
    assert length == len(target.getvalue())
    return target.getvalue()


def unsealed(contents, key=KEY):
    return b"".join(opened(io.BytesIO(contents), key))


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch):
    monkeypatch.setattr(vault, "PIECE", 64)
    monkeypatch.setattr(vault._whole_piece, "__defaults__", (64,))


@given(st.binary(max_size=300))
def test_what_is_sealed_comes_back(contents):
    assert unsealed(sealed(contents)) == contents


@pytest.mark.parametrize("size", [0, 63, 64, 65, 128])
def test_at_the_edge_of_a_piece_too(size):
    assert unsealed(sealed(b"x" * size)) == b"x" * size


def test_nothing_of_the_contents_shows():
    assert b"Sunita" not in sealed(b"Sunita" * 100)


def test_the_same_contents_are_sealed_differently_each_time():
    assert sealed(b"Sunita") != sealed(b"Sunita")


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_one_changed_bit_and_it_does_not_open(place, change):
    whole = bytearray(sealed(b"x" * 200))
    whole[place % len(whole)] ^= change

    with pytest.raises(Unsealable):
        unsealed(bytes(whole))


@pytest.mark.parametrize("kept", [0, 10, HEAD, HEAD + 20, HEAD + 80, HEAD + 160, -1])
def test_cut_short_it_does_not_open(kept):
    with pytest.raises(Unsealable):
        unsealed(sealed(b"x" * 160)[:kept])


def test_pieces_in_another_order_do_not_open():
    whole = sealed(b"a" * 64 + b"b" * 64 + b"c")
    pieces = [whole[HEAD + 80 * n : HEAD + 80 * (n + 1)] for n in range(3)]

    with pytest.raises(Unsealable):
        unsealed(whole[:HEAD] + pieces[1] + pieces[0] + pieces[2])


def test_another_key_is_named_by_its_fingerprint():
    other = Key(b"o" * 32)
    with pytest.raises(Unsealable, match=f"{KEY.fingerprint}.*{other.fingerprint}"):
        unsealed(sealed(b"x"), other)


def test_a_new_key_is_for_its_owner_alone_and_overwrites_none(tmp_path, monkeypatch):
    path = tmp_path / "key"
    key = make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    monkeypatch.delenv("BACKUP_KEY", raising=False)
    monkeypatch.setenv("BACKUP_KEY_FILE", str(path))
    assert read_key() == key
    with pytest.raises(FileExistsError):
        make_key(path)


@pytest.mark.parametrize("text", ["short", "!!!!", base64.b64encode(b"x" * 31).decode()])
def test_a_key_that_is_none_is_refused(text, monkeypatch):
    monkeypatch.delenv("BACKUP_KEY_FILE", raising=False)
    monkeypatch.setenv("BACKUP_KEY", text)
    with pytest.raises(ImproperlyConfigured, match="32 bytes"):
        read_key()


def test_a_fingerprint_is_no_part_of_the_key():
    assert KEY.fingerprint not in KEY.secret.hex()
    assert len(KEY.fingerprint) == 16
