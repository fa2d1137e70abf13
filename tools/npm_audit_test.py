import unittest

from npm_audit import judge


def report(**counts: int) -> dict:
    total = sum(counts.values())
    return {"metadata": {"vulnerabilities": {**counts, "total": total}},
            "vulnerabilities": {"leftpad": {"severity": "high", "range": "<2",
                                            "via": [{"title": "Pads to the right"}, "other"]}}}


class NpmAuditTest(unittest.TestCase):
    def test_fails_from_level_high_on(self):
        self.assertTrue(judge(report(low=3, moderate=1))[0])
        is_fine, lines = judge(report(high=1))
        self.assertFalse(is_fine)
        self.assertIn("high: leftpad <2: Pads to the right", lines[1])
        self.assertFalse(judge(report(critical=1))[0])

    def test_a_registry_without_audit_is_said_and_passes(self):
        is_fine, lines = judge({"error": {"code": "ENOAUDIT", "summary": "404 Not Found"}})
        self.assertTrue(is_fine)
        self.assertIn("offers no audit", lines[0])

    def test_no_network_fails(self):
        self.assertFalse(judge({"error": {"code": "ENOTFOUND", "summary": "getaddrinfo"}})[0])


if __name__ == "__main__":
    unittest.main()
