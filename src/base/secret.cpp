#include "gatehouse/base/secret.hpp"

#include <cstring>

namespace gatehouse {

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();
  }
  return *this;
}

void Secret::wipe() noexcept {
  value_.resize(value_.capacity());  // the short-string buffer included
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

}  // namespace gatehouse
