"""Bad keys and bad values: each costs itself, and nothing else."""

import re

import pytest

GOOD = "203.0.113.1"

BAD_VALUES = [
    ("", "the value is empty"),
    ("1.2.3", '"1.2.3" is not an IPv4 address'),
    ("2001:db8::1", '"2001:db8::1" is not an IPv4 address'),
    ("www.example.com", "is not an IPv4 address"),
    ("1.2.3.4 5.6.7.8", "is not an IPv4 address"),
    ("[]", "the JSON array is empty"),
    ('["1.2.3.4"', "invalid JSON at octet"),
    ("[1]", "must hold strings"),
    ('{"ttl": 60}', 'has no "rdata"'),
    ('{"ttl": -1, "rdata": "1.2.3.4"}', '"ttl" must be a whole number'),
    ('{"tll": 60, "rdata": "1.2.3.4"}', 'unknown JSON member "tll"'),
    ("[" * 5000, "invalid JSON at octet"),
    ("\x01\x02", "is not an IPv4 address"),
]

BAD_KEYS = [
    ("/helix/com/example//www/A", "a segment is empty"),
    ("/helix/com/example/www/A/", "a segment is empty"),
    ("/helix/com/example/www", "neither its last segment"),
    ("/helix/com/example/www/a", "neither its last segment"),
    ("/helix/com/example.www/A", "has a dot in it"),
    ("/helix/com/example/" + "x" * 64 + "/A", "over 63 octets"),
    ("/helix/com/example/" + "/".join(["x" * 60] * 5) + "/A",
     "over 255 octets"),
    ("/helix/com/example/www/RRSIG", "only a signer makes"),
    ("/helix/com/example/*/NS", "NS or DNAME at a wildcard"),
    ("/helix/com/example/www/ANY", "only queries have"),
]


def bad_lab(shared):
    etcd = shared.etcd()
    etcd.put("/helix/com/example/neighbour/A", GOOD)
    return etcd, shared.unbound(etcd)


# Two of them: so many warnings in a row would make the module leave some out.
@pytest.fixture(scope="module")
def values_lab(shared):
    return bad_lab(shared)


@pytest.fixture(scope="module")
def keys_lab(shared):
    return bad_lab(shared)


@pytest.mark.parametrize("value, reason", BAD_VALUES,
                         ids=[reason for _, reason in BAD_VALUES])
def test_a_bad_value_is_told_and_withdraws_the_good_one(
        values_lab, value, reason):
    etcd, unbound = values_lab
    key = "/helix/com/example/turn/A"
    warnings = unbound.log().count(f"key {key} is not served")
    etcd.put(key, GOOD)
    unbound.wait_for_answer("turn.example.com", [GOOD])
    etcd.ctl("put", "--", key, value)
    line = unbound.wait_for_log(
        f"key {key} is not served: (.*)", warnings + 1)[1]
    assert reason in line
    unbound.wait_for_answer("turn.example.com", "NXDOMAIN")
    etcd.put(key, GOOD)
    unbound.wait_for_answer("turn.example.com", [GOOD])


@pytest.mark.parametrize("key, reason", BAD_KEYS,
                         ids=[reason for _, reason in BAD_KEYS])
def test_a_bad_key_is_told_and_its_neighbour_served(keys_lab, key, reason):
    etcd, unbound = keys_lab
    etcd.put(key, GOOD)
    line = unbound.wait_for_log(
        f"key {re.escape(key)} is not served: (.*)")[1]
    assert reason in line
    assert unbound.addresses("neighbour.example.com") == [GOOD]


DKIM = """mail._domainkey\tIN\tTXT\t( "v=DKIM1; k=rsa; "
\t  "p=MIIB" )  ; ----- DKIM key mail for example.com"""


def test_what_looks_wrong_is_served_and_told(laboratory):
    """A key of opendkim-genkey pasted as a whole, then in part; an id that is
    a type; an address as a target; labels in the wrong order."""
    etcd = laboratory.etcd()
    unbound = laboratory.unbound(etcd)
    key = "/helix/com/example/_domainkey/mail/TXT"
    name = "mail._domainkey.example.com"
    etcd.put(key, DKIM)
    unbound.wait_for_log(
        f"key {key} is not served: it begins as a line of a zone file")
    etcd.put(key, DKIM[DKIM.index("("):DKIM.index(")") + 1])
    unbound.wait_for_answer(name, ['"v=DKIM1; k=rsa; " "p=MIIB"'], "TXT")
    etcd.put("/helix/com/example/web/A/A", GOOD)
    unbound.wait_for_log("key /helix/com/example/web/A/A is served, but looks "
                         "wrong: its last two segments are types")
    unbound.wait_for_answer("a.web.example.com", [GOOD])
    etcd.put("/helix/com/example/alias/CNAME", GOOD)
    unbound.wait_for_log("key /helix/com/example/alias/CNAME is served, but "
                         f'looks wrong: field 1, "{GOOD}", is an IP address')
    etcd.put("/helix/www/example/com/A", GOOD)
    unbound.wait_for_log("key /helix/www/example/com/A ignored: in none of the "
                         "zones; did you mean /helix/com/example/www/A")
    etcd.put("/helix/com/exmaple/www/A", GOOD)
    unbound.wait_for_log("key /helix/com/exmaple/www/A ignored: in none of the "
                         "zones;")
    assert "key /helix/com/example/mail" not in unbound.log()


def test_bad_ones_in_the_first_list(laboratory):
    """Good and bad keys are there before Unbound is."""
    etcd = laboratory.etcd()
    for number, (key, _) in enumerate(BAD_KEYS):
        etcd.put(key, GOOD)
        etcd.put(f"/helix/com/example/good{number}/A", GOOD)
    for number, (value, _) in enumerate(BAD_VALUES):
        etcd.put_many([(f"/helix/com/example/bad{number}/A", value)])
    unbound = laboratory.unbound(etcd)
    for number in range(len(BAD_KEYS)):
        assert unbound.addresses(f"good{number}.example.com") == [GOOD]
    for number in range(len(BAD_VALUES)):
        assert unbound.addresses(f"bad{number}.example.com") == "NXDOMAIN"
    bad = len(BAD_KEYS) + len(BAD_VALUES)
    unbound.wait_for_log(f"keys served: {len(BAD_KEYS)}, bad: {bad}, "
                         "in none of the zones: 0")


def test_a_flood_of_bad_keys_does_not_fill_the_log(laboratory):
    etcd = laboratory.etcd()
    etcd.put_many((f"/helix/com/example/flood{i}/A", "bad")
                  for i in range(2000))
    etcd.put("/helix/com/example/www/A", GOOD)
    unbound = laboratory.unbound(etcd)
    unbound.wait_for_log(r"\d+ more warnings suppressed; "
                         "bad keys now: 2000")
    assert unbound.log().count("is not served:") < 200
    assert unbound.addresses("www.example.com") == [GOOD]


def test_keys_of_other_prefixes_and_zones_are_ignored(laboratory):
    etcd = laboratory.etcd()
    etcd.put("/helixir/com/example/www/A", "203.0.113.2")
    etcd.put("/helix", "203.0.113.2")
    etcd.put("/helix/org/example/www/A", "203.0.113.2")
    etcd.put("/helix/com/example/www/A", GOOD)
    unbound = laboratory.unbound(etcd)
    unbound.wait_for_log("keys served: 1, bad: 0, in none of the zones: 1")
    assert unbound.addresses("www.example.com") == [GOOD]
