"""SIGHUP: what a reload changes, and what it refuses."""

import signal

from fleet import get, wait_for
from test_failures import chat, demo


def reload(fleet, change):
    """Rewrites the coordinator's file and waits until it said what it made of it."""
    config = fleet.folder / "coordinator.yaml"
    config.write_text(change(config.read_text()))
    before = fleet.coordinator.text().count("reload")
    fleet.coordinator.signal(signal.SIGHUP)
    wait_for("a reload", lambda: fleet.coordinator.text().count("reload") > before)


def test_a_tightened_floor_and_a_new_alias_take_effect_without_a_restart(fleet):
    engine = fleet.demo_engine("engine", "--model", "demo", "--decode-tps", "200")
    fleet.start_coordinator()
    fleet.start_agent("ws", "L1", [demo(engine.url, 2)])
    fleet.wait_nodes("ws")
    assert chat(fleet)[1]["x-weir-grade"] == "P2"
    reload(fleet, lambda text: text + "grade_floors: [{tenant: eng, at_least: P1}]\n"
                                      "models: [{alias: small, members: [demo], capability: 1}]\n")
    assert chat(fleet)[1]["x-weir-grade"] == "P1"
    assert '"small"' in fleet.get("/v1/models")[1]


def test_a_bad_file_is_refused_and_the_old_settings_stay(fleet):
    fleet.start_coordinator()
    reload(fleet, lambda text: text + "nonsense: 1\n")
    assert "reload refused" in fleet.coordinator.text()
    assert "coordinator.yaml:" in fleet.coordinator.text()
    assert fleet.get("/v1/models")[0] == 200
    assert get(fleet.url + "/v1/models", "sk-wrong")[0] == 401


def test_keys_may_go_on_loopback_alone(fleet):
    fleet.start_coordinator()
    reload(fleet, lambda text: text[: text.index("api_keys:")])
    assert get(fleet.url + "/v1/models")[0] == 200
