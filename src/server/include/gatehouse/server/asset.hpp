// The files of the web widget and console, built once and held inside the binary.
#pragma once

#include <span>
#include <string_view>

namespace gatehouse::server {

// One embedded file in the forms it can be sent in. All views point into the binary: they are
// valid for ever and safe to read from any thread.
// A compressed form that would not be smaller is empty, and the file is sent as it is.
// `etag` names the identity form; whoever sends another form must tell the two apart.
struct Asset {
  std::string_view path;          // as it is requested: "/widget.js"
  std::string_view content_type;  // with the charset where it is text
  std::string_view identity;
  std::string_view brotli;
  std::string_view gzip;
  std::string_view etag;  // with its quotes: "\"uZ3…\""
};

// Sorted by path. Defined in the file that cmake/web.cmake generates.
std::span<const Asset> embedded_assets();

}  // namespace gatehouse::server
