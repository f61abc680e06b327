"""Names that go with a lease of etcd's v3 API."""


def test_a_lease_that_expires_takes_the_name_with_it(etcd, unbound):
    lease = etcd.ctl("lease", "grant", "10").split()[1]
    etcd.put("/helix/com/example/leased/A", "203.0.113.1", lease)
    etcd.put("/helix/com/example/kept/A", "203.0.113.2")
    unbound.wait_for_answer("leased.example.com", ["203.0.113.1"])
    unbound.wait_for_answer("leased.example.com", "NXDOMAIN")
    assert unbound.addresses("kept.example.com") == ["203.0.113.2"]


def test_each_instance_of_a_service_has_its_own_lease(etcd, unbound):
    leases = [etcd.ctl("lease", "grant", "60").split()[1] for _ in range(3)]
    for number, lease in enumerate(leases):
        etcd.put(f"/helix/com/example/web/A/node-{number}",
                 f"198.18.0.{number}", lease)
    unbound.wait_for_answer("web.example.com",
                            ["198.18.0.0", "198.18.0.1", "198.18.0.2"])
    etcd.ctl("lease", "revoke", leases[1])
    unbound.wait_for_answer("web.example.com", ["198.18.0.0", "198.18.0.2"])
