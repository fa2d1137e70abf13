// A value that must not be printed: it has no stream operator, and its bytes are wiped.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(); }

  bool is_empty() const { return value_.empty(); }
  std::size_t size() const { return value_.size(); }
  // The one way out; its callers are easy to list.
  std::string_view reveal() const { return value_; }

 private:
  void wipe() noexcept;
  std::string value_;
};

}  // namespace gatehouse
