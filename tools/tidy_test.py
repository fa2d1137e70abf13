"""Every rule of tools/tidy with samples it must accuse and samples it must let pass."""

import pathlib
import subprocess
import sys
import unittest

from tidy_rules import FILE_RULES, REPOSITORY_RULES
from tidy_rules.allow import AllowList
from tidy_rules.layers import check_includes
from tidy_rules.scopes import find_scopes
from tidy_rules.source import Problem, Source

ROOT = pathlib.Path(__file__).resolve().parent.parent


def rules_broken(path: str, text: str) -> list[str]:
    source = Source(path, text)
    found = [problem for rule in FILE_RULES for problem in rule(source)]
    found += check_includes([source])
    return sorted({problem.rule for problem in found})


def repository_problems(**files: str) -> list[str]:
    """Keys are paths with __ for the slash and _dot_ for the dot."""
    sources = [Source(key.replace("__", "/").replace("_dot_", "."), text)
               for key, text in files.items()]
    return sorted(f"{found.path} {found.rule}"
                  for rule in REPOSITORY_RULES for found in rule(sources))


def body(lines: int) -> str:
    return "".join(f"  use({number});\n" for number in range(lines))


# rule, path, what breaks it, what does not
SAMPLES = [
    ("file-length", "src/net/a.cpp", "int x;\n" * 401, "int x;\n" * 400),
    ("file-length-limit", "src/net/a.cpp", "int x;\n" * 601, "int x;\n" * 300),
    ("line-length", "src/net/a.cpp", "// " + "word " * 20, "// " + "word " * 19),
    ("line-length", "src/net/a.cpp", "// " + "中文 " * 20, "// " + "ที่ " * 45),
    ("line-length", "web/a.ts", "a + " * 26, "https://example.org/" + "a" * 100),
    ("line-length", "src/net/a.cpp", 'f("' + "ab " * 40 + '");', 'f(R"(' + "ab " * 40 + ')");'),
    ("function-length", "src/net/a.cpp", f"int f(int a) {{\n{body(69)}}}\n",
     f"int f(int a) {{\n{body(68)}}}\n"),
    ("function-length", "src/net/a.cpp", f"A::A(int b)\n    : b_{{b}}, c_(b) {{\n{body(69)}}}\n",
     f"constexpr std::array<int, 90> kTable = {{\n{body(90)}}};\n"),
    ("function-length", "src/net/a.cpp",
     f"namespace a {{\nclass B {{\n auto f() const -> int {{\n{body(70)}}}\n}};\n}}\n",
     f"namespace a {{\nclass B {{\n  int a;\n{body(70)}}};\n}}\n"),
    ("function-length", "web/a.tsx",
     f"export function A({{\n  b,\n}}: Props) {{\n{body(70)}}}\n",
     f"export function A() {{\n{body(68)}}}\n{body(9)}"),
    ("function-length", "tools/a.py", "def f():\n" + "    pass\n" * 70,
     "def f():\n" + "    pass\n" * 69),
    ("clock", "src/net/a.cpp", "auto t = std::chrono::steady_clock::now();",
     "auto t = clock.now();"),
    ("clock", "src/net/a.cpp", "auto t = std::time(nullptr);", "auto t = start_time(0);"),
    ("getenv", "src/net/a.cpp", 'auto h = std::getenv("HOME");', 'say("getenv");  // getenv'),
    ("regex", "src/net/a.cpp", "#include <regex>\n", "int regex = 1;"),
    ("throw", "src/net/a.cpp", "void f() { throw 1; }", "void f() noexcept;  // won't throw"),
    ("throw", "src/net/a.cpp", "throw std::runtime_error(a);", "throw; throw std::bad_alloc();"),
    ("socket", "src/chat/a.cpp", "#include <sys/socket.h>\n", "#include <sys/stat.h>\n"),
    ("socket", "src/chat/a.cpp", "int s = ::socket(1, 2, 3);", "auto f = std::bind(g, 1);"),
    ("random", "src/chat/a.cpp", "std::mt19937 random;", "int operand(int);"),
    ("random", "src/chat/a.cpp", "int x = rand();", "int x = brand();"),
    ("spawn", "src/chat/a.cpp", "co_spawn(e, f(), detached);", 'group.spawn("f", f());'),
    ("thread", "src/chat/a.cpp", "std::thread t(f);", "std::thread::hardware_concurrency();"),
    ("sleep", "src/chat/a_test.cpp", "std::this_thread::sleep_for(1s);", "co_await Sleep(w, d);"),
    ("operators", "src/chat/a.cpp", "using namespace asio::experimental::awaitable_operators;",
     "auto r = a || b;"),
    ("beast", "src/http/a.cpp", "beast::websocket::stream<T> s;", "beast::http::parser<T> p;"),
    ("threads-unsafe", "src/chat/a.cpp", "auto* t = std::gmtime(&s);", "gmtime_r(&s, &t);"),
    ("sql", "src/store/sqlite/a.cpp", 'c.exec("DELETE FROM a WHERE b = " + b);',
     'with_values(c.prepared("DELETE FROM a WHERE b = ?1"), b + 1).exec();'),
    ("sql", "src/store/sqlite/a.cpp", 'c.prepared(std::format("SELECT {}", a).c_str());',
     'c.execAndGet("SELECT a").getString() + b;'),
    ("sql", "src/store/sqlite/a.cpp", 'SQLite::Statement rows(database, "SELECT " + columns);',
     'SQLite::Statement rows(database, "SELECT " COLUMNS " FROM a");'),
    ("using-std", "src/chat/a.cpp", "using namespace std;", "using namespace std::literals;"),
    ("print", "src/chat/a.cpp", 'std::cout << "a";', "std::snprintf(a, 1, b);"),
    ("print", "src/chat/a.cpp", 'printf("a");', "log.printf(1); my_puts(2);"),
    ("co-await", "src/net/a.cpp", "void f() { if (co_await g()) return; }",
     "void f() { const auto r = co_await g(); if (r) return; }"),
    ("co-await", "src/net/a.cpp", "void f() { while (!co_await g()) {} }",
     "void f() { while (true) { x = co_await g(); } }"),
    ("co-await", "src/net/a.cpp", "void f() { auto r = a ? co_await g() : 1; }",
     "void f() { auto [r, s] = co_await g(a ? 1 : 2); }"),
    ("co-await", "src/net/a.cpp", "void f() { auto r = co_await g() && h; }",
     "void f() { if (a && b) co_await g(); else co_return co_await h(); }"),
    ("co-await", "src/net/a.cpp", "void f() { h(co_await g()); }",
     "void f() { for (auto& x : xs) co_await g(x, [](int a) { return a; }); }"),
    ("co-await", "src/net/a.cpp", "void f() { auto r = (co_await g()).value(); }",
     "void f() { switch (x) { case A::b: r.a[i] = co_await g(); break; } }"),
    ("co-await", "src/net/a.cpp", "void f() { auto r = R{co_await g()}; }",
     "struct A { auto operator co_await() { return a && b; } };"),
    ("co-await", "src/net/a.cpp", "void f() { auto r = a + co_await g(); }",
     "void f() { Result<std::map<int, A>> r = co_await g(); (void)co_await h(); }"),
    ("lambda-coroutine", "src/net/a.cpp", "g([this](int a) -> Task<void> { co_return; });",
     "g([](A& self, int a) -> Task<void> { co_return; }(*this, 1));"),
    ("lambda-coroutine", "src/net/a.cpp", "g([&] -> async::Task<> { co_return; });",
     "g([&](int a) { return tasks[a]->Task<1>(); });"),
    ("lambda-coroutine", "src/net/a.cpp",
     "g([x = std::move(x)](f(*)(int), B b) mutable -> asio::awaitable<void> {});",
     "auto x = names[i] -> Task<void>;"),
    ("layer", "src/base/a.cpp", '#include "gatehouse/net/a.hpp"\n',
     '#include "gatehouse/base/a.hpp"\n'),
    ("layer", "src/guard/a.cpp", '#include "gatehouse/identity/a.hpp"\n',
     '#include "gatehouse/crypto/a.hpp"\n'),
    ("layer", "src/chat/a.hpp", '#pragma once\n#include "gatehouse/http/a.hpp"\n',
     '#pragma once\n#include "gatehouse/guard/a.hpp"\n'),
    ("layer", "src/store/sqlite/a.cpp", '#include "gatehouse/store/memory/a.hpp"\n',
     '#include "gatehouse/identity/a.hpp"\n'),
    ("layer", "src/server/a.cpp", '#include "gatehouse/channels/web/a.hpp"\n',
     '#include "gatehouse/http/a.hpp"\n'),
    ("layer", "src/server/a_test.cpp", '#include "gatehouse/app/a.hpp"\n',
     '#include "gatehouse/store/memory/a.hpp"\n'),
    ("layer", "src/novel/a.cpp", "int a;\n", ""),
    ("layer", "src/net/a.cpp", '#include "../http/a.hpp"\n', '#include "a.hpp"\n'),
    ("pragma-once", "src/net/a.hpp", "// A.\n#include <a>\n", "// A.\n#pragma once\n"),
    ("name", "src/net/SocketStream.cpp", "", ""),
    ("class-comment", "src/net/include/gatehouse/net/a.hpp",
     f"#pragma once\nclass A {{\n{body(12)}}};\n",
     f"#pragma once\n// It.\nclass A {{\n{body(12)}}};\n"),
    ("class-comment", "src/net/include/gatehouse/net/a.hpp",
     "#pragma once\n" + "// It.\n" * 9 + "class A {\n};\n",
     "// It.\n#pragma once\nclass A {\n};\n"),
    ("class-comment", "src/net/include/gatehouse/net/a.hpp",
     f"// A.\n#pragma once\nstruct A {{}};\ntemplate <typename T>\nclass B {{\n{body(40)}}};\n",
     "// A.\n#pragma once\nstruct A {};\n"
     f"// B.\ntemplate <typename T>\nclass B {{\n{body(40)}}};\n"),
    ("unfinished", "src/net/a.cpp", "// TO" + "DO: more\n", '"/tmp/fileXXXXXX";\n'),
    ("elsewhere", "docs/a.md", "As issue" + " #12 says.\n", "Asio #1332 is why.\n"),
    ("elsewhere", "src/net/a.cpp", "// See DESIGN" + ".md.\n", "// A session of the visitor.\n"),
]

# Where a banned thing may stand.
ALLOWED_PLACES = [
    ("clock", "src/base/clock.cpp", "auto t = std::chrono::steady_clock::now();"),
    ("getenv", "src/app/settings.cpp", 'auto h = std::getenv("HOME");'),
    ("throw", "src/chat/turn_test.cpp", "void f() { throw 1; }"),
    ("socket", "src/net/listener.cpp", "#include <sys/socket.h>\n"),
    ("random", "tests/faults/a.cpp", "std::mt19937 random;"),
    ("thread", "src/async/pool.cpp", "std::thread t(f);"),
    ("print", "src/app/main.cpp", 'std::cout << "a";'),
    ("layer", "src/app/wiring.cpp", '#include "gatehouse/channels/web/a.hpp"\n'),
]


class RulesTest(unittest.TestCase):
    def test_every_rule_accuses_what_breaks_it(self):
        for rule, path, bad, _ in SAMPLES:
            with self.subTest(rule=rule, sample=bad[:80]):
                self.assertIn(rule, rules_broken(path, bad))

    def test_no_rule_accuses_what_is_fine(self):
        for rule, path, _, good in SAMPLES:
            if path.startswith(("src/novel/", "src/net/SocketStream")):
                continue  # the path itself is at fault
            with self.subTest(rule=rule, sample=good[:80]):
                self.assertNotIn(rule, rules_broken(path, good))

    def test_bans_end_where_the_thing_has_its_place(self):
        for rule, path, text in ALLOWED_PLACES:
            with self.subTest(rule=rule, path=path):
                self.assertNotIn(rule, rules_broken(path, text))

    def test_comments_and_literals_are_not_code(self):
        text = ("auto a = R\"x(throw \" )\" )x\"; char b = '\"'; int c = 1'000; // throw\n"
                "/* throw */")
        self.assertEqual(rules_broken("src/net/a.cpp", text), [])


class ScopesTest(unittest.TestCase):
    def names(self, code: str) -> list[tuple[str, str]]:
        return sorted((scope.kind, scope.name) for scope in find_scopes(code))

    def test_finds_functions_of_all_forms(self):
        code = """
          namespace a { namespace {
          template <typename T> requires (sizeof(T) > 1)
          T get(std::map<int, T> m = {}) { if (x) { y(); } }
          }  // namespace
          bool operator<(const A& a, const A& b) { return f(a) < g(b); }
          class [[nodiscard]] B final : public C<D> {
           public:
            explicit B(int x) : x_{x}, y_(x) {}
            ~B() override { stop(); }
            auto f() const noexcept -> Task<std::expected<int, E>> { co_return 1; }
           private:
            int x_ = g([] { return 1; });
            std::array<int, 2> z_{1, 2};
          };
          enum class E { a, b };
          const auto kTable = make({1, 2});
          }
        """
        self.assertEqual(self.names(code), [
            ("class", "B"), ("function", "B"), ("function", "f"), ("function", "get"),
            ("function", "operator@"), ("function", "~B")])

    def test_survives_unbalanced_braces(self):
        self.assertEqual(self.names("}}} int f( { {"), [])


class RepositoryRulesTest(unittest.TestCase):
    def test_links_obey_the_floors(self):
        good = ("gatehouse_layer(net LINKS gatehouse::async  # gatehouse::http\n"
                " TEST_LINKS gatehouse::chat)")
        self.assertEqual(repository_problems(src__net__CMakeLists_dot_txt=good,
                                             src__CMakeLists_dot_txt="add_subdirectory(net)",
                                             CMakeLists_dot_txt="add_subdirectory(src)"), [])
        bad = "gatehouse_layer(store_sqlite PRIVATE_LINKS gatehouse::store_memory)"
        self.assertIn("src/store/sqlite/CMakeLists.txt layer",
                      repository_problems(src__store__sqlite__CMakeLists_dot_txt=bad))

    def test_a_layer_owns_the_headers_and_targets_of_its_sub_folders(self):
        files = {
            "src__extract__parsers__include__gatehouse__parsers__a_dot_hpp": "#pragma once\n",
            "src__extract__parsers__CMakeLists_dot_txt": "gatehouse_layer(parsers)",
            "src__extract__a_dot_cpp": '#include "gatehouse/parsers/a.hpp"\n',
            "src__extract__CMakeLists_dot_txt":
                "add_subdirectory(parsers)\ngatehouse_layer(extract LINKS gatehouse::parsers)",
            "src__net__b_dot_cpp": '#include "gatehouse/parsers/a.hpp"\n',
            "src__net__CMakeLists_dot_txt": "gatehouse_layer(net LINKS gatehouse::parsers)",
            "src__CMakeLists_dot_txt": "add_subdirectory(extract)\nadd_subdirectory(net)",
            "CMakeLists_dot_txt": "add_subdirectory(src)",
        }
        self.assertEqual(repository_problems(**files),
                         ["src/net/CMakeLists.txt layer", "src/net/b.cpp layer"])

    def test_dead_files_are_found(self):
        problems = repository_problems(
            CMakeLists_dot_txt="add_subdirectory(src)",
            src__CMakeLists_dot_txt="add_subdirectory(net)",
            src__net__CMakeLists_dot_txt="gatehouse_layer(net)",
            src__net__stream_dot_cpp='#include "stream.hpp"\n',
            src__net__stream_dot_hpp="",
            src__net__lost_dot_hpp="",
            src__net__deeper__lost_dot_cpp="",
            src__chat__CMakeLists_dot_txt="gatehouse_layer(chat)",
        )
        self.assertEqual(problems, ["src/chat/CMakeLists.txt dead-file",
                                    "src/net/deeper/lost.cpp dead-file",
                                    "src/net/lost.hpp dead-file"])

    def test_tests_that_tables_name_exist(self):
        tests = {
            "tests__a_dot_mjs": 'test("one; or two", f);\n  test(`it\'s ${size}`, f);\n'
                                'onPage("three: all", f);\n',
            "CMakeLists_dot_txt": "add_subdirectory(tests)",
            "tests__CMakeLists_dot_txt": "add_executable(b b.cpp)",
            "tests__b_dot_cpp": "TEST_P(Limits, AreKept) {}\nTEST(Limits,\n     Hold) {}\n",
        }
        shown = ("| # | what | shown by |\n|---|---|---|\n| 1 | `src/gone.cpp` | – |\n"
                 "| 2 | what | `tests/a.mjs`: three: all; one; or two; it's …<br>`tests/b.cpp` |\n"
                 "| 3 | what | `tests/b.cpp`: Limits.AreKept; Limits.…; `tests/a.mjs`: it's … |\n")
        self.assertEqual(repository_problems(docs__mission_dot_md=shown, **tests), [])
        for bad in ("`tests/c.mjs`", "`tests/a.mjs`: one", "`tests/b.cpp`: Limits.Are",
                    "`tests/a.mjs`: three: all; two", "`tests/b.cpp`: Gone.…",
                    "`tests/a.mjs`: one; or two<br>`tests/b.cpp`: three: all"):
            with self.subTest(bad):
                row = f"| 1 | what | {bad} |\n"
                self.assertEqual(repository_problems(docs__asvs_dot_md=row, **tests),
                                 ["docs/asvs.md shown-by"])


class AllowListTest(unittest.TestCase):
    def test_lets_pass_what_it_names_and_accuses_what_it_need_not_name(self):
        allow = AllowList("allow", "# Why.\nthrow src/a.cpp start-up\nthrow src/b.cpp old\n"
                                   "clock src/a.cpp\nthrow src/gone.cpp old\n")
        problems = [Problem("src/a.cpp", 1, "throw", ""), Problem("src/a.cpp", 1, "regex", "")]
        self.assertEqual([found.rule for found in allow.filter(problems)], ["regex"])
        known = ["src/a.cpp", "src/b.cpp"]
        self.assertEqual([found.line for found in allow.problems(known)], [3, 4, 5])


class RepositoryTest(unittest.TestCase):
    def test_this_repository_is_tidy(self):
        run = subprocess.run([sys.executable, ROOT / "tools" / "tidy"], capture_output=True,
                             text=True, check=False)
        self.assertEqual(run.returncode, 0, f"\n{run.stdout}{run.stderr}")


if __name__ == "__main__":
    unittest.main()
