"""helixctl lint: all keys of etcd, as the module would take them."""

import pytest

HOST = "/helix/com/example/host/A"


@pytest.fixture(params=["v3", "v2"])
def api(request):
    return request.param


def found_in(said):
    """The findings: (key, kind), and the last line."""
    *findings, last = said.lines
    return [tuple(line.split(": ")[:2]) for line in findings], last


def test_nothing_is_wrong(laboratory):
    etcd = laboratory.etcd()
    ctl = laboratory.ctl(etcd)
    said = ctl.ok("lint")
    findings, last = found_in(said)
    assert findings == []
    assert last.startswith("0 keys as of revision ")
    assert last.endswith(", 0 of them served: nothing wrong is found")
    etcd.put(HOST, "192.0.2.1")
    said = ctl.ok("lint")
    assert said.lines[0].endswith(
        ", 1 of them served: nothing wrong is found"), said
    assert ctl.ok("lint", "--json").json()["findings"] == []


KEYS = {
    HOST: "192.0.2.1",
    "/helix/com/example/alias/CNAME": "host.example.com",
    "/helix/com/example/bad/A": "192.0.2",
    "/helix/com/example/host/CNAME": "www.example.net",
    "/helix/net/example/www/A": "192.0.2.1",
    "/helix/com/example/web/TXT/A": "192.0.2.1",
    "/helix/com/example/MX": '["1 alias.example.com", "2 no.example.com"]',
    "/helix/com/example/del/NS": "ns.del.example.com",
    "/helix/com/example/del/www/TXT": "text",
}
FOUND = [
    ("/helix/com/example/MX", "target"),
    ("/helix/com/example/MX", "alias"),
    ("/helix/com/example/bad/A", "bad"),
    ("/helix/com/example/del/NS", "glue"),
    ("/helix/com/example/del/www/TXT", "hidden"),
    ("/helix/com/example/host/CNAME", "ignored"),
    ("/helix/com/example/web/TXT/A", "suspicious"),
    ("/helix/net/example/www/A", "outside"),
]


def test_all_kinds(laboratory):
    etcd = laboratory.etcd()
    ctl = laboratory.ctl(etcd)
    for key, value in KEYS.items():
        etcd.put(key, value)
    said = ctl.found("lint")
    findings, last = found_in(said)
    assert findings == FOUND, said
    assert last.startswith("9 keys as of revision ")
    assert last.endswith(", 6 of them served: 8 findings")
    json = ctl.found("lint", "--json").json()
    assert [(one["key"], one["kind"]) for one in json["findings"]] == FOUND
    assert (json["keys"], json["served"]) == (9, 6)
    assert json["findings"][2]["reason"].startswith('"192.0.2" is not an IPv4')
    assert json["findings"][2]["advice"] is None
    assert json["findings"][1]["advice"] == \
        "name the alias's target instead"


def test_one_zone(laboratory):
    """The others' keys count for it, and are not reported."""
    etcd = laboratory.etcd()
    ctl = laboratory.ctl(etcd, zones=["example.com", "sub.example.com",
                                      "example.net"])
    for key, value in {**KEYS, "/helix/com/example/sub/x/A": "bad",
                       "/helix/com/example/sub/MX": "1 host.example.com",
                       "/helix/net/example/y/A": "bad"}.items():
        etcd.put(key, value)
    assert found_in(ctl.found("lint", "example.net"))[0] == \
        [("/helix/net/example/y/A", "bad")]
    assert found_in(ctl.found("lint", "sub.example.com."))[0] == \
        [("/helix/com/example/sub/x/A", "bad")]
    assert found_in(ctl.found("lint", "Example.COM"))[0] == FOUND[:-1]
    ctl.ok("lint", "host.sub.example.com")
    assert "example.org. is in none of the zones of " in \
        ctl.failed("lint", "example.org").err
    assert ctl("lint", "a..b").status == 2


def test_a_name_server_in_helix_yaml(laboratory):
    etcd = laboratory.etcd()
    ctl = laboratory.ctl(etcd, zones=[{
        "name": "example.com", "ns": ["ns1.example.com", "ns.example.net"]}])
    etcd.put(HOST, "192.0.2.1")
    said = ctl.found("lint")
    assert said.lines[0] == (
        f"zone example.com. in {ctl.conf}: target: its name server, "
        "ns1.example.com., does not exist; add its addresses, or correct the "
        "name")
    finding, = ctl.found("lint", "--json").json()["findings"]
    assert finding["zone"] == "example.com." and "key" not in finding
    etcd.put("/helix/com/example/ns1/A", "192.0.2.53")
    ctl.ok("lint")


def test_it_cannot_be_done(laboratory):
    ctl = laboratory.ctl("http://127.0.0.1:1")
    said = ctl.failed("lint")
    assert said.out == "" and "127.0.0.1:1" in said.err
    assert "too many arguments" in ctl.failed("lint", "a", "b").err
    assert ctl("lint", "--nonsense").status == 2
    ctl.conf.write_text("nonsense")
    assert ctl("lint").status == 2
    ctl.conf.unlink()
    # without zones, nothing can be said
    said = ctl("lint", "--endpoints", "http://127.0.0.1:1",
               env={"HELIX_CONF": ""})
    assert said.status == 2, said


def test_a_key_is_no_sequence_for_the_terminal(laboratory, api):
    if api == "v2":
        pytest.skip("v2's keys are shown likewise")
    etcd = laboratory.etcd()
    ctl = laboratory.ctl(etcd)
    etcd.put("/helix/com/example/\033[2J\\046/A", "\033[31m")
    said = ctl.found("lint")
    assert all(" " <= c < "\x7f" for c in said.out.replace("\n", "")), said
    assert said.lines[0].startswith(
        "/helix/com/example/<1b>[2J\\046/A: bad: "), said
    finding, = ctl.found("lint", "--json").json()["findings"]
    assert finding["key"] == "/helix/com/example/\033[2J\\046/A"


def test_the_module_takes_them_likewise(laboratory, api):
    """What lint says is not served is what Unbound logs of the same keys."""
    etcd = laboratory.etcd()
    ctl = laboratory.ctl(etcd)
    for key, value in KEYS.items():
        etcd.put(key, value)
    unbound = laboratory.unbound(etcd)
    said = ctl.found("lint", "--json").json()
    for kind, words in ("bad", "is not served: "), ("ignored", "ignored: "), \
            ("suspicious", "is served, but looks wrong: "):
        for one in said["findings"]:
            if one["kind"] == kind:
                assert f"key {one['key']} {words}{one['reason']}" in \
                    unbound.log(), one
    assert f"keys served: {said['served']}, bad: 1, in none of the " \
        "zones: 1" in unbound.log()
