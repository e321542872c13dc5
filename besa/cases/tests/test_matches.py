"""Two files of one person: suggested, never decided by the machine; merged and parted by two institutions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from besa.cases.actions import compartments, files, matches, merging
from besa.cases.matching import WEIGHTS, is_suggested, score
from besa.cases.measures import counted_cases
from besa.cases.models import Case, Match
from besa.cases.queries_matches import matches_of, merges_to_decide
from besa.cases.tests.factory import identity, make_case
from besa.directory.case_policy import Group
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.notices.models import Notice
from besa.people.tokens import Kind
from conftest import ClientOf, MakeMember

pytestmark = pytest.mark.django_db
KINDS = st.sets(st.sampled_from(sorted(WEIGHTS)))


@given(KINDS, st.sampled_from(sorted(WEIGHTS)))
def test_what_agrees_more_is_likelier_and_nothing_is_certain(kinds: set[Kind], more: Kind) -> None:
    assert 0 <= score(kinds) <= score(kinds | {more}) <= 100
    assert not is_suggested(set())


@pytest.fixture
def police(make_member: MakeMember) -> Membership:
    return make_member("police")


@pytest.fixture
def town(make_member: MakeMember) -> Membership:
    agency = Agency.objects.create(code="TOWN", name_en="Town", name_sq="Bashkia", kind="municipality")
    return make_member("municipality", agency)


@pytest.fixture
def authority(make_member: MakeMember) -> Membership:
    agency = Agency.objects.create(code="RA", name_en="Authority", name_sq="Autoriteti", kind="state_agency")
    return make_member("responsible_authority", agency)


@pytest.fixture
def two(police: Membership, town: Membership, authority: Membership) -> tuple[Case, Case]:
    """The same person, written differently by two institutions."""
    return make_case(police), make_case(town, identity=identity(surname="Gjonai", given_names="Lulja"))


def test_the_same_person_is_suggested_when_she_is_written_down(two: tuple[Case, Case], authority: Membership) -> None:
    match = Match.objects.get()
    assert {match.case, match.other} == set(two)
    assert match.score >= 90  # the national identity number agrees
    assert Notice.objects.filter(kind=Notice.Kind.MATCH_FOUND, to=authority).exists()


def test_a_corrected_identity_is_compared_as_one_is_that_is_written_down(
    police: Membership, town: Membership, authority: Membership, client_of: ClientOf
) -> None:
    hers = identity()
    theirs = identity(surname="Gjonai", given_names="Lulja")
    mine = make_case(police, identity=replace(hers, person=hers.person | {"surname": "Hoxha"}, papers=(), contacts=()))
    other = make_case(town, identity=theirs)
    assert not Match.objects.exists()
    before = Notice.objects.filter(kind=Notice.Kind.MATCH_FOUND).count()
    files.edit_identity(
        case=mine, version=1, identity=replace(hers, contacts=()), groups=[Group.NAMES, Group.PAPERS], by=police, at=clock.now()
    )  # fmt: skip
    match = Match.objects.get()
    assert {match.case, match.other} == {mine, other}
    assert Notice.objects.filter(kind=Notice.Kind.MATCH_FOUND, to=authority).count() == before + 1
    client = client_of(police)
    assert "1 other case may be of the same person" in client.get(f"/cases/{mine.number}/").content.decode()
    page = client.get(f"/cases/{mine.number}/matches/").content.decode()
    assert "contact the Responsible Authority" in page
    assert other.number not in page
    files.edit_identity(case=mine, version=2, identity=hers, groups=[Group.NAMES], by=police, at=clock.now())
    assert Match.objects.count() == 1


def test_what_is_no_longer_alike_is_no_question_any_more(
    two: tuple[Case, Case], police: Membership, authority: Membership
) -> None:
    """Until she is alike again."""
    mine, hers = two[0], identity()
    other = replace(hers, person=hers.person | {"surname": "Hoxha", "given_names": "Ana"}, papers=(), contacts=())
    steps = [(other, Match.State.OUTDATED, 0), (hers, Match.State.SUGGESTED, 1)]
    for version, (written, state, shown) in enumerate(steps, start=mine.version):
        files.edit_identity(
            case=mine, version=version, identity=written, groups=list(Group), by=police, at=clock.now()
        )  # fmt: skip
        assert Match.objects.get().state == state
        assert len(matches_of(mine, authority, clock.now())) == shown


def test_others_are_not_suggested_and_a_decision_stays(
    two: tuple[Case, Case], authority: Membership, town: Membership
) -> None:
    make_case(town, identity=identity(surname="Hoxha", given_names="Ana", birth_date="1970-01-01"))
    match = Match.objects.order_by("-score")[0]
    matches.decide_match(match=match, is_same=False, by=authority, at=clock.now())
    assert matches.suggest(case=two[0], at=clock.now()) == []
    match.refresh_from_db()
    assert match.state == Match.State.DIFFERENT


def test_a_hidden_case_is_not_shown_to_who_leads_the_other(two: tuple[Case, Case], police: Membership) -> None:
    rows = matches_of(two[0], police, clock.now())
    assert [row.other for row in rows] == [None]
    with pytest.raises(Refused, match="Responsible Authority"):
        matches.decide_match(match=rows[0].match, is_same=True, by=police, at=clock.now())


def test_of_a_compartment_nothing_is_said(two: tuple[Case, Case], police: Membership, make_member: MakeMember) -> None:
    wall = compartments.open_compartment(
        code="w", name_en="W", name_sq="W", by=make_member("witness_protection"), at=clock.now()
    )
    Case.objects.filter(pk=two[1].pk).update(compartment=wall)
    assert matches_of(two[0], police, clock.now()) == []
    assert not matches.look(identity=identity(), by=police, at=clock.now()).ask_authority


def test_on_entry_one_hears_of_own_cases_and_to_ask_about_others(two: tuple[Case, Case], police: Membership) -> None:
    found = matches.look(identity=identity(), by=police, at=clock.now())
    assert [case for case, _score in found.cases] == [two[0]]
    assert found.ask_authority


def test_two_institutions_merge_and_part(
    two: tuple[Case, Case], police: Membership, town: Membership, authority: Membership
) -> None:
    kept, merged = two
    at = clock.now()
    with pytest.raises(Refused):  # she may not know of the other one
        merging.ask_merge(kept=kept, merged=merged, by=police, at=at)
    _share(merged, police, town)
    asked = merging.ask_merge(kept=kept, merged=merged, by=police, at=at)
    with pytest.raises(Refused):
        merging.decide_merge(merge=asked, is_granted=True, by=police, at=at)
    assert merges_to_decide(authority, at) == [asked]
    merging.decide_merge(merge=asked, is_granted=True, by=authority, at=at)
    merged.refresh_from_db()
    assert merged.merged_into == kept
    assert set(counted_cases(clock.now())) == {kept}
    with pytest.raises(Refused, match="goes on as another"):
        files.move(case=merged, verb="activate", by=town, at=at)
    merging.ask_undoing(merge=asked, by=police, at=at)
    merging.decide_undoing(merge=asked, is_granted=True, by=authority, at=at)
    assert Case.objects.get(pk=merged.pk).merged_into is None
    assert set(counted_cases(clock.now())) == {kept, merged}


def _share(case: Case, to: Membership, by: Membership) -> None:
    at = clock.now()
    case.shares.create(
        agency=to.agency,
        groups=[],
        purpose="coordination",
        from_at=at - timedelta(hours=1),
        until_at=at + timedelta(days=9),
        given_by=by,
    )


def test_trafficked_again_are_two_cases_that_are_linked(two: tuple[Case, Case], authority: Membership) -> None:
    link = matches.link_again(earlier=two[0], later=two[1], by=authority, at=clock.now())
    with pytest.raises(Refused, match="already"):
        matches.link_again(earlier=two[0], later=two[1], by=authority, at=clock.now())
    matches.unlink(link=link, by=authority, at=clock.now())
    with pytest.raises(Refused, match="opened before"):
        matches.link_again(earlier=two[1], later=two[0], by=authority, at=clock.now())


def test_the_pages(two: tuple[Case, Case], police: Membership, authority: Membership, client_of: ClientOf) -> None:
    page = client_of(police).get(f"/cases/{two[0].number}/matches/").content.decode()
    assert two[1].number not in page
    assert "contact the Responsible Authority" in page
    client, match = client_of(authority), Match.objects.get()
    assert two[1].number in client.get(f"/cases/{two[0].number}/matches/").content.decode()
    assert client.post(f"/cases/{two[0].number}/matches/{match.pk}/same/").status_code == 302
    match.refresh_from_db()
    assert match.state == Match.State.SAME
    assert (
        client_of(police).post(f"/cases/{two[0].number}/matches/merge/", {"number": two[1].number}).status_code == 422
    )


def test_the_job_compares_again(two: tuple[Case, Case]) -> None:
    Match.objects.all().delete()
    assert sum(new for _case, new in matches.look_through(clock.now())) == 1
