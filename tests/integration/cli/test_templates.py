"""`worker templates check`, and the same check in doctor."""

import json
import shutil

from worker.assets import templates_dir

THEME = 'name = "Acorn"\n[colours]\nbrand = "#7a1f3d"\naccent = "#2f7d4f"\n'


def test_the_templates_in_use_are_right(worker):
    assert "letters can be made" in worker("templates", "check")
    assert json.loads(worker("templates", "check", "--json")) | {"version": ""} == {
        "ok": True, "problem": None, "notes": [], "version": "",
    }  # fmt: skip


def test_a_folder_is_checked_before_it_is_used(worker, tmp_path):
    theme = tmp_path / "acorn"
    shutil.copytree(templates_dir() / "email", theme / "email")
    assert "letters can be made" in worker("templates", "check", str(theme))
    footer = theme / "email" / "report" / "footer.html"
    footer.write_text(footer.read_text() + "<tr><td><svg></svg></td></tr>\n")
    for folder in (theme, footer.parent):
        answer = json.loads(worker("templates", "check", str(folder), "--json", expect=1))
        assert answer["problem"].startswith("footer.html: line "), answer
    assert "has neither theme.toml" in worker("templates", "check", str(tmp_path), expect=2)


def test_a_theme_that_cannot_be_read_stops_everything(worker, tmp_path):
    (tmp_path / "theme.toml").write_text(THEME.replace("#7a1f3d", "#ffd400"))
    poor = "colours.brand: brand #ffd400 on surface #ffffff (light) has a contrast of 1.43, and needs 4.5"
    assert poor in worker("templates", "check", str(tmp_path), expect=1)
    environment = {"WORKER_THEME": str(tmp_path)}
    assert poor in worker("doctor", expect=1, **environment)
    assert poor in worker("preview", "ML Engineer", "--out", str(tmp_path / "out"), expect=2, **environment)


def test_a_broken_template_of_a_theme_stops_everything(worker, tmp_path):
    (tmp_path / "theme.toml").write_text(THEME)
    shutil.copytree(templates_dir() / "email", tmp_path / "email")
    body = tmp_path / "email" / "report" / "body.html"
    body.write_text(body.read_text().replace("</body>", '<p class="{{ content.subject }}">x</p></body>'))
    environment = {"WORKER_THEME": str(tmp_path)}
    for command, code in ((("templates", "check"), 1), (("doctor",), 1), (("preview", "ML Engineer"), 2)):
        assert "is in class" in worker(*command, expect=code, **environment), command
