"""A deed with a case is a permission of the same name: an enumeration cannot take in another, so they are held together here."""

from __future__ import annotations

from besa.directory.access import ROLES, Permission
from besa.directory.case_policy import Deed, deeds_of


def test_each_deed_is_a_permission_of_its_name() -> None:
    assert {deed.name: deed.value for deed in Deed}.items() <= {one.name: one.value for one in Permission}.items()


def test_a_role_holds_just_the_deeds_that_the_policy_gives_it() -> None:
    deeds = {deed.value for deed in Deed}
    for role in ROLES.values():
        assert {one.value for one in role.permissions} & deeds == {deed.value for deed in deeds_of(role.code)}, (
            role.code
        )
