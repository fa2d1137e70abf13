// A backend that can't be trusted: it answers as OpenAI's chat API does, with what must not leave.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gatehouse/async/task_group.hpp"
#include "gatehouse/net/listener.hpp"

namespace gatehouse::operations {

struct UpstreamScript {
  std::vector<std::string> deltas = {"All is well."};  // of one answer
  bool is_reasoning = false;  // said as what a model thinks, not as its answer
};

struct UpstreamSeen {
  std::uint64_t questions = 0;
};

// Listens on loopback only. One worker's thread only; its task group is joined after close().
class HostileUpstream {
 public:
  explicit HostileUpstream(async::Worker& worker) : worker_(worker) {}

  Result<void> open(async::TaskGroup& tasks, std::uint16_t port);
  void close();
  // What every question gets from now on; returns what was seen under the script before.
  UpstreamSeen play(UpstreamScript script);

 private:
  async::Task<void> serve(int descriptor);
  async::Task<bool> answer_one(net::ByteStream& stream, std::string& in);
  std::string answer_to(std::string_view question) const;

  async::Worker& worker_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<net::ByteStream*> connections_;
  UpstreamScript script_;
  UpstreamSeen seen_;
};

}  // namespace gatehouse::operations
