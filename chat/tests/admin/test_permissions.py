"""Figures, texts and stopping are three permissions, given one by one or by groups."""

import re
from importlib import import_module
from types import SimpleNamespace

import httpx
import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from chat.admin.permissions import offered
from chat.tests import rows
from chat.tests.admin.people import logged_in, permit

pytestmark = pytest.mark.django_db

LIST = "/admin/chat/requestlog/"
SECRET = "the name of my cat"


@pytest.fixture
def secret() -> str:
    request = rows.row(question=SECRET, id="req_secret", user_id="user-8")
    rows.text(request, [{"role": "user", "content": SECRET}])
    rows.open_row(question=SECRET)
    return request.pk


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    "path",
    [
        "",
        "?q=req_secret",
        "?q=cat",
        "req_secret/change/",
        "export/csv/",
        "export/jsonl/",
        "../../now/",
        "../../now/rows/",
        "../../",
    ],
)
def test_who_may_see_figures_sees_no_text(url: str, path: str) -> None:
    with logged_in(url, "clerk") as browser:
        permit("clerk", "view_requestlog")
        answer = browser.get(LIST + path)
        assert answer.status_code == 200
        assert "cat" not in re.sub(r'value="cat"|q=cat', "", answer.text).split()
        assert SECRET not in answer.text
        permit("clerk", "view_requesttext")
        if path not in ("../../",):
            assert SECRET in browser.get(LIST + path).text


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    "path",
    [
        "export/csv/?text=1",
        "export/jsonl/?text=1",
        "req_secret/raw/jsonl/",
        "req_secret/raw/csv/",
        "req_secret/raw/json/",
    ],
)
def test_files_with_text_are_for_those_who_may_read_it(url: str, path: str) -> None:
    with logged_in(url, "clerk") as browser:
        permit("clerk", "view_requestlog")
        assert browser.get(LIST + path).status_code == 403
        permit("clerk", "view_requesttext")
        assert SECRET in browser.get(LIST + path).text


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    "query", ["q=cat", "question__icontains=cat", "question__startswith=the"]
)
def test_a_text_cannot_be_guessed_by_looking_for_it(url: str, query: str) -> None:
    """Whatever is looked for, the answer is the same whether it is there or not."""
    with logged_in(url, "clerk") as browser:
        permit("clerk", "view_requestlog")
        found = browser.get(f"{LIST}?{query}", follow_redirects=True)
        other = browser.get(
            f"{LIST}?{query.replace('cat', 'dog').replace('=the', '=our')}",
            follow_redirects=True,
        )
        ids = [set(re.findall(r"req_\w+", page.text)) for page in (found, other)]
        assert ids[0] == ids[1]


def test_the_menu_of_exports_has_what_one_may(url: str) -> None:
    with logged_in(url, "clerk") as browser:
        permit("clerk", "view_requestlog")
        page = browser.get(LIST).text
        assert page.count("/export/") == 2 and "what was said" not in page
        permit("clerk", "view_requesttext")
        assert browser.get(LIST).text.count("/export/") == 4


def test_only_what_means_something_is_offered(operator: httpx.Client) -> None:
    names = {one.codename for one in offered()}
    assert "stop_requestlog" in names and "view_requesttext" in names
    assert not names & {"change_requestlog", "add_requestlog", "delete_message"}
    for path in ("auth/group/add/", f"auth/user/{User.objects.get().pk}/change/"):
        page = operator.get(f"/admin/{path}").text
        shown = set(re.findall(r'<option value="(\d+)"', page))
        assert {str(one.pk) for one in offered()} <= shown
        unwanted = Permission.objects.filter(
            codename__in=["add_message", "add_session"]
        )
        assert not shown & {str(one.pk) for one in unwanted}


def make_groups() -> None:
    """Run the migration's step, as `migrate` does."""
    migration = import_module("chat.migrations.0014_groups")
    state = MigrationLoader(connection).project_state(("chat", "0014_groups"))
    migration.make_groups(state.apps, SimpleNamespace(connection=connection))


def permissions_of(name: str) -> set[str]:
    group = Group.objects.get(name=name)
    return set(group.permissions.values_list("codename", flat=True))


def test_three_groups_are_there_and_stay_as_an_operator_has_them() -> None:
    Group.objects.all().delete()
    make_groups()
    assert permissions_of("figures") == {"view_requestlog", "view_client"}
    assert permissions_of("reader") == permissions_of("figures") | {"view_requesttext"}
    assert permissions_of("operator") > permissions_of("reader") | {"stop_requestlog"}
    assert {
        name for group in Group.objects.all() for name in permissions_of(group.name)
    } <= {one.codename for one in offered()}

    Group.objects.get(name="reader").permissions.clear()
    make_groups()
    assert permissions_of("reader") == set()


def test_who_could_see_and_stop_until_now_still_can() -> None:
    user = User.objects.create_user("clerk")
    group = Group.objects.create(name="stoppers")
    user.user_permissions.add(Permission.objects.get(codename="view_requestlog"))
    group.permissions.add(Permission.objects.get(codename="change_requestlog"))
    make_groups()
    assert user.has_perm("chat.view_requesttext")
    assert "stop_requestlog" in permissions_of("stoppers")


def test_what_is_offered_is_there() -> None:
    assert offered().count() == 7 + 8 + 1
