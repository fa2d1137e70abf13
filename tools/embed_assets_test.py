import pathlib
import subprocess
import tempfile
import unittest
import zlib

from embed_assets import embed

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = """
#include "gatehouse/server/asset.hpp"
#include <cstdio>
int main() {
  for (const auto& asset : gatehouse::server::embedded_assets()) {
    for (const auto& form : {asset.path, asset.content_type, asset.etag, asset.identity,
                             asset.brotli, asset.gzip}) {
      std::printf("%zu\\n", form.size());
      std::fwrite(form.data(), 1, form.size(), stdout);
    }
  }
}
"""


def run_embedded(folder: pathlib.Path) -> list[bytes]:
    """Embeds, compiles and runs: the fields of every asset, in order, as the program sees them."""
    output = folder / "out" / "assets.cpp"
    output.parent.mkdir()
    embed(folder / "web", output)
    (folder / "main.cpp").write_text(PROGRAM)
    subprocess.run(
        ["clang++-19", "-std=c++23", "-Wall", "-Wextra", "-Wpedantic", "-Werror",
         "-Wno-c23-extensions", f"-I{ROOT}/src/server/include", str(output),
         str(folder / "main.cpp"), "-o", str(folder / "program")], check=True)
    rest = subprocess.run([folder / "program"], capture_output=True, check=True).stdout
    fields = []
    while rest:
        size, rest = rest.split(b"\n", 1)
        fields.append(rest[:int(size)])
        rest = rest[int(size):]
    return fields


class EmbedAssetsTest(unittest.TestCase):
    def test_the_binary_holds_every_byte_in_every_form(self):
        every_byte = bytes(range(256)) * 40
        script = b"console.log('\xc3\xa4');" * 100
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "web" / "images").mkdir(parents=True)
            (folder / "web" / "widget.js").write_bytes(script)
            (folder / "web" / "images" / "a.png").write_bytes(every_byte)
            (folder / "web" / "empty.txt").write_bytes(b"")
            fields = run_embedded(folder)
        empty, image, widget = fields[0:6], fields[6:12], fields[12:18]
        self.assertEqual(empty[0], b"/empty.txt")
        self.assertEqual(empty[3:], [b"", b"", b""])
        self.assertEqual(image[:2], [b"/images/a.png", b"image/png"])
        self.assertEqual(image[3:], [every_byte, b"", b""])
        self.assertEqual(widget[:2], [b"/widget.js", b"text/javascript; charset=utf-8"])
        self.assertRegex(widget[2].decode(), r'^"[\w-]{20}"$')
        self.assertNotEqual(widget[2], image[2])
        self.assertEqual(widget[3], script)
        self.assertEqual(zlib.decompress(widget[5], wbits=31), script)
        brotli = subprocess.run(["brotli", "-dc"], input=widget[4], capture_output=True, check=True)
        self.assertEqual(brotli.stdout, script)

    def test_refuses_what_it_has_no_content_type_for(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "web.exe").write_bytes(b"x")
            with self.assertRaisesRegex(SystemExit, "content type"):
                embed(folder, folder.parent / "assets.cpp")

    def test_refuses_an_empty_folder(self):
        with tempfile.TemporaryDirectory() as name:
            with self.assertRaisesRegex(SystemExit, "no files"):
                embed(pathlib.Path(name), pathlib.Path(name) / "assets.cpp")


if __name__ == "__main__":
    unittest.main()
