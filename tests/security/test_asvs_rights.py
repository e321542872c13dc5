"""ASVS V8: rights come from what was granted, never from what a request says."""

from __future__ import annotations

import pytest

from conftest import ClientOf, MakeMember

FORBIDDEN = "/directory/agencies/add/"


@pytest.mark.parametrize(
    "claimed",
    [
        {"headers": {"x-user-id": "1", "x-role": "coordinator", "x-original-url": "/"}},
        {"headers": {"x-http-method-override": "GET", "x-rewrite-url": FORBIDDEN}},
        {"query_params": {"role": "coordinator", "member": "1", "is_superuser": "1"}},
        {"headers": {"referer": "https://testserver/directory/agencies/", "hx-request": "true"}},
    ],
)
def test_rights_do_not_come_from_the_request(
    claimed: dict[str, dict[str, str]], make_member: MakeMember, client_of: ClientOf
) -> None:
    make_member("coordinator")
    client = client_of(make_member("donor"))
    client.cookies["role"] = "coordinator"
    assert client.get(FORBIDDEN, **claimed).status_code == 403  # type: ignore[arg-type]
    assert client.post(FORBIDDEN, {"role": "coordinator"}, **claimed).status_code == 403  # type: ignore[arg-type]
    assert client_of(make_member("coordinator")).get(FORBIDDEN).status_code == 200
