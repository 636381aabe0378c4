"""GET /v1/roles: the roles that a form offers."""

from tests.parts.web_server import web_server
from worker.web import app


def test_all_roles_come_with_tasks_and_skills(one_site):
    answer = one_site.get("/v1/roles").json()
    by_slug = {role["slug"]: role for role in answer["roles"]}
    assert by_slug.keys() == one_site.services.core.catalogue.roles.keys()
    assert {task["slug"] for task in by_slug["ml-engineer"]["tasks"]} >= {"write-production-code"}
    assert all(role["skills"] for role in answer["roles"])


def test_a_title_finds_its_role_and_so_does_its_beginning(one_site):
    def found(query):
        return [role["slug"] for role in one_site.get("/v1/roles", params={"q": query}).json()["roles"]]

    assert found("Sr. ML Engineer")[0] == "ml-engineer"
    assert "accountant" in found("accou")
    assert found("dragon tamer") == found("!!!") == []
    assert found("ML")[0] == "ml-engineer"


def test_the_list_says_which_role_a_signup_is_read_as(one_site):
    def read_as(query):
        return one_site.get("/v1/roles", params={"q": query}).json()["read_as"]

    for query in ("Sr. ML Engineer", "ML", "accou", "dragon tamer", ""):
        outcome = one_site.sign_up(f"{len(query)}@example.com", role=query or "-").json()["outcome"]
        assert (read_as(query) is not None) == (outcome == "admitted"), query


def test_the_list_says_how_a_title_that_is_no_role_is_understood(one_site):
    def reading(query):
        return one_site.get("/v1/roles", params={"q": query}).json()["reading"]

    dentist = reading("Dentist")
    assert (dentist["kind"], dentist["occupations"]) == ("occupation", ["29-1021.00"])
    assert dentist["tasks"]
    family = reading("caretaker")
    assert family["kind"] == "family"
    assert len(family["candidates"]) > 1
    assert reading("ML Engineer")["kind"] == "role"
    assert reading("dragon tamer") is reading("retired") is reading("") is None


def test_choices_are_offered_where_a_title_may_mean_several_jobs_or_none_that_we_know(one_site):
    def offered(query):
        return one_site.get("/v1/roles", params={"q": query, "most": 1}).json()["choices"]

    assert offered("Analyst") == ["Business Analyst", "Data Analyst", "Financial Analyst"]
    assert "Software Engineer" in offered("Unicorn Engineer")
    assert "Registered Nurse" in offered("Nurs")
    assert offered("ML Engineer") == offered("dragon tamer") == offered("retired") == offered("") == []
    for title in (*offered("caretaker"), *offered("teacher"), *offered("Unicorn Engineer")):
        reading = one_site.get("/v1/roles", params={"q": title}).json()["reading"]
        assert (reading["title"], reading["kind"] in {"role", "occupation"}) == (title, True)


def test_a_form_may_ask_for_few_roles(one_site):
    few, all_found = (one_site.get("/v1/roles", params={"q": "m", **most}).json() for most in ({"most": 2}, {}))
    assert few["roles"] == all_found["roles"][:2]
    assert one_site.get("/v1/roles", params={"q": "m", "most": 0}).status_code == 422


def test_an_unchanged_list_is_not_sent_again(one_site):
    first = one_site.get("/v1/roles?q=ml")
    again = one_site.get("/v1/roles?q=ml", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    other = one_site.get("/v1/roles?q=nurse", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200
    assert "max-age" in first.headers["cache-control"]


def test_a_query_too_long_is_a_problem(one_site):
    answer = one_site.get("/v1/roles", params={"q": "x" * 201})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "q"


def test_one_source_asks_only_so_often(one_site, monkeypatch):
    monkeypatch.setattr(app, "QUERIES_PER_HOUR", 2)
    with web_server(one_site.services) as site:
        statuses = [site.get("/v1/roles", params={"q": "nurse"}).status_code for _ in range(4)]
        neighbour = {"X-Forwarded-For": "203.0.113.9"}
        assert site.get("/v1/roles", params={"q": "nurse"}, headers=neighbour).status_code == 200
    assert statuses == [200, 200, 429, 429]
