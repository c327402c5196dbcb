"""What is generated in docs/ is what the code says today."""

from hmis.kernel.management.commands import draw_states, list_facts


def test_every_state_table_is_drawn_as_it_is():
    held = {path: path.read_text() for path in draw_states.FOLDER.glob("*.md")}
    assert held == draw_states.drawings(), "run make states"


def test_every_fact_is_listed_as_it_is():
    assert list_facts.PAGE.read_text() == list_facts.page(), "run make facts"
