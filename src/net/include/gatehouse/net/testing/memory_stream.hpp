// A connection without a network: the client's end is a test's.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "gatehouse/net/byte_stream.hpp"

namespace gatehouse::net::testing {

// What a client sends and gets. Outlives its stream; all calls on the worker's thread.
class MemoryPeer {
 public:
  explicit MemoryPeer(async::Worker& worker) : readable_(worker), writable_(worker) {}

  void send(std::string_view bytes) {
    sent_ += bytes;
    readable_.set();
  }
  // Nothing more is sent.
  void end() {
    has_ended_ = true;
    readable_.set();
  }
  // How much more the client takes; without a limit at first.
  void make_room(std::size_t bytes) {
    room_ = bytes;
    writable_.set();
  }
  std::string take() { return std::exchange(received_, {}); }
  bool is_write_shut() const { return is_write_shut_; }  // the server says nothing more
  bool is_closed() const { return is_closed_; }
  std::unique_ptr<ByteStream> stream();

 private:
  friend class MemoryStream;
  async::Signal readable_;
  async::Signal writable_;
  std::string sent_;
  std::string received_;
  std::size_t room_ = std::string::npos;
  bool has_ended_ = false;
  bool is_write_shut_ = false;
  bool is_closed_ = false;
};

class MemoryStream final : public ByteStream {
 public:
  explicit MemoryStream(MemoryPeer& peer) : peer_(peer) {}

  IoResult try_read(std::span<char> into) override {
    if (peer_.is_closed_) return {IoResult::Kind::kFailed, 0};
    const std::size_t bytes = peer_.sent_.copy(into.data(), into.size());
    if (bytes > 0) {
      peer_.sent_.erase(0, bytes);
      return {IoResult::Kind::kDone, bytes};
    }
    if (peer_.has_ended_) return {IoResult::Kind::kEnd, 0};
    peer_.readable_.reset();
    return {IoResult::Kind::kBlocked, 0};
  }
  IoResult try_write(std::string_view from) override {
    if (peer_.is_closed_ || peer_.is_write_shut_) return {IoResult::Kind::kFailed, 0};
    const std::size_t bytes = std::min(from.size(), peer_.room_);
    if (bytes == 0) {
      peer_.writable_.reset();
      return {IoResult::Kind::kBlocked, 0};
    }
    peer_.received_ += from.substr(0, bytes);
    if (peer_.room_ != std::string::npos) peer_.room_ -= bytes;
    return {IoResult::Kind::kDone, bytes};
  }
  async::Signal::Waiter wait_readable(Deadline deadline) override {
    return peer_.readable_.wait(deadline);
  }
  async::Signal::Waiter wait_writable(Deadline deadline) override {
    return peer_.writable_.wait(deadline);
  }
  void shutdown_write() override { peer_.is_write_shut_ = true; }
  void close() override {
    peer_.is_closed_ = true;
    peer_.readable_.set();
    peer_.writable_.set();
  }
  bool may_have_input() const override { return peer_.is_closed_ || peer_.readable_.is_set(); }
  void observe_input(async::Signal::Observer* observer) override {
    peer_.readable_.observe(observer);
  }

 private:
  MemoryPeer& peer_;
};

inline std::unique_ptr<ByteStream> MemoryPeer::stream() {
  return std::make_unique<MemoryStream>(*this);
}

}  // namespace gatehouse::net::testing
