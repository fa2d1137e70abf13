"""Samples for tools/secret_scan.py, put together here so that the scan lets this file pass."""

import unittest

from secret_scan import SECRET_FILE, scan_line

RANDOM = "q7Zk2LmX9" + "vB4tR8wYc1N"

SECRETS = {
    "private-key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "aws-key": "AKIA" + "Z7QK2LMX9VB4TR8W",
    "github-token": "ghp_" + RANDOM * 2,
    "google-key": "AIza" + RANDOM + RANDOM[:15],
    "openai-key": "OPENAI_API_KEY=sk-proj-" + RANDOM + RANDOM,
    "slack-token": "xoxb-" + RANDOM,
    "npm-token": "npm_" + RANDOM + RANDOM[:16],
    "jwt": "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0NTYifQ." + RANDOM,
    "url-password": "postgres://gatehouse:" + "hunter22hunter@db/gatehouse",
    "random-value": 'client_secret = "' + RANDOM + '"',
}

NO_SECRETS = [
    'const token = makeToken(random, kTokenBytes);',
    "SESSION_SECRET=change-me-to-32-random-characters",
    "api_key = settings.openai_api_key_from_environment",
    'auto secret = std::string("a plain sentence without any figure");',
    "redis://user:password@host:6379/0",
    "postgres://user:${PASSWORD}@host/db",
    "https://example.org/a:b@c",
    "token: abcdefghijklmnopqrstuvwxyz",
    "-----BEGIN CERTIFICATE-----",
]


class SecretScanTest(unittest.TestCase):
    def test_finds_every_form(self):
        for rule, line in SECRETS.items():
            with self.subTest(rule=rule):
                self.assertEqual([found for found, _ in scan_line(line)], [rule])

    def test_takes_no_plain_code_for_a_secret(self):
        for line in NO_SECRETS:
            with self.subTest(line=line):
                self.assertEqual(scan_line(line), [])

    def test_knows_files_that_hold_secrets(self):
        for path in (".env", "deploy/.env.production", "tests/server.key", "a/id_ed25519"):
            self.assertRegex(path, SECRET_FILE)
        for path in (".env.example", "src/crypto/key.cpp", "docs/keys.md"):
            self.assertNotRegex(path, SECRET_FILE)


if __name__ == "__main__":
    unittest.main()
