// The types that say a thing has passed the guard. Only the pipeline can make the receipts they are
// built from, so a handler that takes Admitted<Request> and a channel that writes
// Scanned<ReplyEvent> can't be reached by a side door.
#pragma once

#include <utility>

namespace gatehouse::guard {

template <typename Stage>
class Receipt {
 public:
  Receipt(Receipt&&) noexcept = default;
  Receipt& operator=(Receipt&&) noexcept = default;
  Receipt(const Receipt&) = delete;
  Receipt& operator=(const Receipt&) = delete;

 private:
  friend Stage;
  Receipt() = default;
};

class Pipeline;
class ReplyScanner;
using AdmissionReceipt = Receipt<Pipeline>;
using ScanReceipt = Receipt<ReplyScanner>;

// A value and the proof that it was let in.
template <typename T>
class Admitted {
 public:
  Admitted(AdmissionReceipt&&, T value) : value_(std::move(value)) {}
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }
  T take() && { return std::move(value_); }

 private:
  T value_;
};

// A value and the proof that its text was looked at on the way out.
template <typename T>
class Scanned {
 public:
  template <typename Value>
  Scanned(ScanReceipt&&, Value&& value) : value_(std::forward<Value>(value)) {}
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }
  T&& take() && { return std::move(value_); }

 private:
  T value_;
};

}  // namespace gatehouse::guard
