from __future__ import annotations

from dapshim.delve.written_rules import written_rules
from dapshim.options.layers import resolve
from dapshim.options.table import Source
from dapshim.options.toml_text import from_toml
from dapshim.sources.rules import Rule
from dapshim.sources.spelling import AdapterPath


def test_the_rules_of_a_file_know_where_they_stand(monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    text = """
substitutePath = [
  { from = "~/src", to = "/build" },
  { from = "lib", to = "example.com/lib" },
]
"""
    found = written_rules(resolve([from_toml(text, "/ws/.dapshim.toml", Source.PROJECT)]))
    assert found.rules == (
        Rule("/home/me/src", "/build", "/ws/.dapshim.toml:2"),
        Rule("/ws/lib", "example.com/lib", "/ws/.dapshim.toml:2"),
    )
    assert found.to_client(AdapterPath("example.com/lib/x.go")) == "/ws/lib/x.go"


def test_the_projects_rules_take_the_place_of_the_persons():
    layers = [
        from_toml('substitutePath = [{ from = "/u", to = "/b" }]', "/home/me/config.toml", Source.USER),
        from_toml("substitutePath = []", "/ws/.dapshim.toml", Source.PROJECT),
    ]
    assert written_rules(resolve(layers)).rules == ()
    assert [str(each) for each in written_rules(resolve(layers[:1])).rules] == ['{"from": "/u", "to": "/b"}']


def test_nobody_gave_any():
    assert written_rules(resolve([])).rules == ()
