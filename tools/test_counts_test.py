import unittest

from test_counts import count

CTEST = "95% tests passed, 2 tests failed out of 40\n"
SPEC = "ℹ tests 9\nℹ suites 0\nℹ pass 7\nℹ fail 1\nℹ cancelled 1\nℹ skipped 0\n"
UNITTEST = "Ran 12 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=3)\n"


class TestCountsTest(unittest.TestCase):
    def test_reads_each_runner(self):
        self.assertEqual(count("ctest", CTEST, 8), (38, 2))
        self.assertEqual(count("ctest", " 1/1 Test #1: a ...***Skipped\n" + CTEST, 8), (37, 2))
        self.assertEqual(count("node", SPEC, 1), (7, 2))
        self.assertEqual(count("node", SPEC.replace("ℹ", "#"), 1), (7, 2))
        self.assertEqual(count("unittest", UNITTEST, 1), (6, 3))
        self.assertEqual(count("unittest", "Ran 1 test in 1s\n\nOK\n", 0), (1, 0))
        self.assertEqual(count("exit", "", 0), (1, 0))
        self.assertEqual(count("exit", "", 3), (0, 1))

    def test_a_crash_or_an_empty_run_never_passes(self):
        self.assertEqual(count("node", "", 1), (0, 1))
        self.assertEqual(count("ctest", "No tests were found!!!", 0), (0, 1))
        self.assertEqual(count("ctest", CTEST.replace("2 tests", "0 tests"), 1), (40, 1))


if __name__ == "__main__":
    unittest.main()
