#include "gatehouse/chat/scanned_reply.hpp"

#include <algorithm>
#include <utility>

namespace gatehouse::chat {
namespace {

constexpr std::size_t kToolArgumentsBytesMax = std::size_t{64} * 1024;
constexpr std::size_t kToolCallsMax = 128;  // of one reply

}  // namespace

template <typename Event>
void ScannedReply::write(guard::ScanReceipt receipt, Event&& event) {
  sink_.write(guard::Scanned<ReplyEvent>(std::move(receipt), std::forward<Event>(event)));
}

ScannedReply::OpenChoice& ScannedReply::open(std::uint32_t choice) {
  has_begun_ = true;
  const auto known = std::ranges::find(open_choices_, choice, &OpenChoice::choice);
  return known != open_choices_.end() ? *known : open_choices_.emplace_back(OpenChoice{choice, {}});
}

void ScannedReply::push(ReplyEvent&& event) {
  if (has_ended_) {
    // A batch goes on behind the cut; nobody sees it.
    if (!cut()) return;
    if (auto* delta = std::get_if<ReplyDelta>(&event)) scanner_.scan_whole(delta->text);
    return;
  }
  std::visit([this](auto& own) { push_event(own); }, event);
  if (cut()) end_open_choices(FinishReason::kContentFilter);
}

void ScannedReply::push_event(ReplyDelta& delta) {
  open(delta.choice).has_lane[static_cast<std::size_t>(delta.lane)] = true;
  auto receipt = scanner_.scan(delta.choice, static_cast<std::uint8_t>(delta.lane), delta.text);
  if (!delta.text.empty()) write(std::move(receipt), std::move(delta));
}

// Id and name are shown at once, so that a client sees what is being called.
void ScannedReply::push_event(ToolCallDelta& call) {
  open(call.choice);
  auto known = std::ranges::find_if(calls_, [&](const ToolCallDelta& own) {
    return own.choice == call.choice && own.index == call.index;
  });
  if (known == calls_.end()) {
    if (calls_.size() >= kToolCallsMax)
      return scanner_.cut("reply.tool_calls", "The reply was cut because it calls too many tools.",
                          call.arguments.size());
    known = calls_.insert(calls_.end(), {call.choice, call.index, {}, {}, {}});
  }
  if (known->arguments.size() + call.arguments.size() > kToolArgumentsBytesMax)
    return scanner_.cut("reply.tool_arguments",
                        "The reply was cut because the arguments of a tool call are too long.",
                        known->arguments.size() + call.arguments.size());
  known->arguments += std::exchange(call.arguments, {});
  if (call.id.empty() && call.name.empty()) return;
  scanner_.scan_whole(call.id);
  auto receipt = scanner_.scan_whole(call.name);
  if (!cut()) write(std::move(receipt), std::move(call));
}

void ScannedReply::push_event(Citation& citation) {
  for (auto* text :
       {&citation.quote, &citation.title, &citation.heading, &citation.file, &citation.document_id})
    scanner_.scan_whole(*text);
  if (!cut()) write(scanner_.pass_without_text(), std::move(citation));
}

void ScannedReply::push_event(ReplyStart& start) {
  auto receipt = scanner_.scan_whole(start.model);
  if (!cut()) write(std::move(receipt), std::move(start));
}

void ScannedReply::push_event(Usage& usage) {
  auto receipt = scanner_.scan_json(usage.details_json);
  if (!cut()) write(std::move(receipt), std::move(usage));
}

void ScannedReply::push_event(const ReplyEnd& end) {
  finish_choice(end.choice);
  if (cut()) return;
  has_begun_ = true;
  std::erase_if(open_choices_, [&](const OpenChoice& own) { return own.choice == end.choice; });
  write(scanner_.pass_without_text(), end);
}

void ScannedReply::finish_choice(std::uint32_t choice) {
  const auto open = std::ranges::find(open_choices_, choice, &OpenChoice::choice);
  for (std::uint8_t lane = 0; open != open_choices_.end() && lane < kLanes; ++lane) {
    if (!std::exchange(open->has_lane[lane], false) || cut()) continue;
    ReplyDelta rest{.choice = choice, .lane = static_cast<Lane>(lane), .text = {}};
    auto receipt = scanner_.finish(choice, lane, rest.text);
    if (!rest.text.empty()) write(std::move(receipt), std::move(rest));
  }
  for (auto& call : calls_) {
    if (call.choice != choice || cut()) continue;
    auto receipt = scanner_.scan_json(call.arguments);
    if (!cut() && !call.arguments.empty()) write(std::move(receipt), std::move(call));
  }
  std::erase_if(calls_, [=](const ToolCallDelta& call) { return call.choice == choice; });
}

void ScannedReply::finish() {
  if (has_ended_) return;
  for (const auto& open : open_choices_) {
    if (!cut()) finish_choice(open.choice);
  }
  if (cut()) end_open_choices(FinishReason::kContentFilter);
}

void ScannedReply::end_early(Usage usage) {
  finish();
  if (has_ended_) return;
  end_open_choices(FinishReason::kLength);
  write(scanner_.pass_without_text(), std::move(usage));
}

void ScannedReply::end_open_choices(FinishReason reason) {
  has_ended_ = true;
  if (!has_begun_) open_choices_.emplace_back();
  for (const auto& open : open_choices_)
    write(scanner_.pass_without_text(), ReplyEnd{.choice = open.choice, .reason = reason});
  open_choices_.clear();
}

}  // namespace gatehouse::chat
