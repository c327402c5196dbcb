"""The Local Government Directory's lists, as they come."""

import pytest
from django.core.management import CommandError, call_command

from facilities.models import Block, Village
from hmis.kernel.ids import uuid_everywhere
from tests.factories.facilities import make_district

DOWNLOADED = (
    "S. No.,State Code,State Name (In English),District Code,District Name(In English),"
    "Development Block Code,Development Block Version,Development Block Name (In English),"
    "Development Block Name (In Local language)"
)
SHORT = "District Code,Block Code,Block Name"


@pytest.fixture
def gumla(db):
    return make_district("Gumla", 331, "गुमला")


@pytest.fixture
def list_of(tmp_path):
    def write(*lines, encoding="utf-8"):
        path = tmp_path / "lgd.csv"
        path.write_text("\r\n".join(lines) + "\r\n", encoding=encoding)
        return path

    return write


@pytest.fixture
def imported(capsys):
    """Runs the command; what it said."""

    def run(path, *options):
        call_command("import_lgd", str(path), *options)
        said = capsys.readouterr()
        return said.out + said.err

    return run


def test_a_downloaded_list_of_blocks_is_taken_over_below_its_title(gumla, list_of, imported):
    path = list_of(
        "List of all Blocks",
        "",
        DOWNLOADED,
        "1,20,JHARKHAND,331,Gumla,3126,1,Bharno,भरनो",
        encoding="utf-8-sig",
    )

    assert "1 new, 0 changed, 0 unchanged, 0 of other states, 0 errors" in imported(path)
    block = Block.objects.get()
    assert (block.lgd_code, block.name, block.name_hi, block.district) == (3126, "Bharno", "भरनो", gumla)
    assert block.pk == uuid_everywhere("facilities.block", 3126)


def test_a_second_time_nothing_changes_and_a_new_name_is_put_right(gumla, list_of, imported):
    imported(list_of(SHORT, "331,3126,Bharno", "331,3127,Bishunpur"))

    said = imported(list_of(SHORT, "331,3126,Bharno", "331,3127,Bishunpur Block"))

    assert "0 new, 1 changed, 1 unchanged" in said
    assert Block.objects.get(lgd_code=3127).name == "Bishunpur Block"


def test_a_dry_run_says_what_it_would_do_and_does_nothing(gumla, list_of, imported):
    said = imported(list_of(SHORT, "331,3126,Bharno"), "--dry-run")

    assert "1 new" in said
    assert "nothing was changed" in said
    assert not Block.objects.exists()


def test_rows_of_other_states_are_passed_over(gumla, list_of, imported):
    said = imported(
        list_of(DOWNLOADED, "1,10,BIHAR,190,Araria,1,1,Araria,", "2,20,JHARKHAND,331,Gumla,2,1,Basia,")
    )

    assert "1 new, 0 changed, 0 unchanged, 1 of other states" in said


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("331,abc,Bharno", "Line 2: the block's code 'abc' is not a number."),
        ("331,3126,", "Line 2: the block 3126 has no name."),
        ("x,3126,Bharno", "Line 2: the district's code 'x' is not a number."),
        (f"331,3126,{'B' * 161}", "Line 2: the name of the block 3126 is longer than 160 letters."),
    ],
)
def test_a_bad_row_is_named_in_a_sentence_and_the_others_are_taken(gumla, list_of, imported, row, sentence):
    said = imported(list_of(SHORT, row, "331,3127,Bishunpur"))

    assert sentence in said
    assert list(Block.objects.values_list("name", flat=True)) == ["Bishunpur"]


def test_a_block_listed_twice_is_an_error(gumla, list_of, imported):
    said = imported(list_of(SHORT, "331,3126,Bharno", "331,3126,Basia"))

    assert "Line 3: the block 3126 stands already in line 2." in said


def test_villages_find_their_blocks(gumla, list_of, imported):
    Block.objects.create(district=gumla, lgd_code=3126, name="Bharno", name_hi="भरनो")
    names = "Village Code,Village Name (In English),Village Name (In Local)"
    heads = f"{names},Sub-District Code,Block/Development Block Code"

    said = imported(list_of(heads, "376001,Karanj,करंज,99,3126", "376002,Amlia,,99,4000"))

    assert Village.objects.get().block.lgd_code == 3126
    assert "Line 3: the block 4000 of Amlia is not known. Load the blocks first." in said


def test_a_file_of_something_else_is_refused(gumla, list_of):
    with pytest.raises(CommandError, match="No line of heads was found"):
        call_command("import_lgd", str(list_of("Name,Age", "Asha,34")))


def test_a_file_that_is_not_utf_8_is_refused(gumla, list_of):
    with pytest.raises(CommandError, match="not in UTF-8"):
        call_command("import_lgd", str(list_of(SHORT, "331,3126,भरनो", encoding="utf-16")))
