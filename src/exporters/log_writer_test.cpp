// Logs to their places: nothing is lost on a normal way, and no failure stops the house.
#include "gatehouse/exporters/log_writer.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "descriptor_output.hpp"
#include "rotating_file.hpp"

namespace gatehouse::exporters {
namespace {

using telemetry::LogRing;
using testing::HasSubstr;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What is in a pipe, without waiting.
std::string read_now(int descriptor) {
  ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  std::string all;
  char block[4096];
  for (ssize_t count = 0; (count = ::read(descriptor, block, sizeof block)) > 0;) {
    all.append(block, static_cast<std::size_t>(count));
  }
  return all;
}

class LogWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "gatehouse-logs-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    ASSERT_EQ(::pipe(pipe_), 0);
  }
  void TearDown() override {
    for (const int end : pipe_) {
      if (end >= 0) ::close(end);
    }
    std::filesystem::remove_all(folder_);
  }
  void close_reader() {
    ::close(pipe_[0]);
    pipe_[0] = -1;
  }

  LogWriterSettings to_file() const {
    return {.standard_output = LogWriterSettings::Form::kOff, .file_path = path()};
  }
  LogWriterSettings to_pipe() const { return {.standard_output_descriptor = pipe_[1]}; }
  std::string path() const { return folder_ + "/logs/gatehouse.log"; }

  const SystemClock clock_;
  std::shared_ptr<LogRing> ring_ = std::make_shared<LogRing>();
  std::string folder_;
  int pipe_[2] = {-1, -1};
};

TEST_F(LogWriterTest, WritesAllRingsToBothPlaces) {
  const auto other = std::make_shared<LogRing>();
  auto settings = to_pipe();
  settings.file_path = path();
  LogWriter writer(clock_, settings, {ring_, other});
  ring_->push("{\"a\":1}");
  other->push("{\"b\":2}");
  writer.flush();
  EXPECT_EQ(read_now(pipe_[0]), "{\"a\":1}\n{\"b\":2}\n");
  EXPECT_EQ(text_of(path()), "{\"a\":1}\n{\"b\":2}\n");
  struct stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0007, 0U);
}

TEST_F(LogWriterTest, WritesTextForPeople) {
  auto settings = to_pipe();
  settings.standard_output = LogWriterSettings::Form::kText;
  LogWriter writer(clock_, settings, {ring_});
  telemetry::Log(clock_, telemetry::Level::kInfo, ring_)
      .info("START", "Listening.", {{"port", 80}});
  writer.flush();
  EXPECT_THAT(read_now(pipe_[0]), HasSubstr(" INFO    Listening.  event=START port=80\n"));
}

TEST_F(LogWriterTest, WritesByItselfAfterAWhile) {
  LogWriter writer(clock_, to_pipe(), {ring_});
  ring_->push("line");
  char bytes[5];
  ASSERT_EQ(::read(pipe_[0], bytes, sizeof bytes), 5);  // waits for it
  EXPECT_EQ(std::string_view(bytes, 5), "line\n");
}

TEST_F(LogWriterTest, WritesWhatIsLeftWhenItEnds) {
  {
    LogWriter writer(clock_, to_file(), {ring_});
    writer.flush();
    ring_->push("last words");
  }
  EXPECT_EQ(text_of(path()), "last words\n");
}

TEST_F(LogWriterTest, RotatesAndKeepsNoMoreThanItShould) {
  auto settings = to_file();
  settings.file_bytes = 100;
  settings.file_count = 3;
  LogWriter writer(clock_, settings, {ring_});
  for (int i = 0; i < 50; ++i) ring_->push("line " + std::to_string(1000 + i));  // 10 bytes each
  writer.flush();
  const auto older = [&](int number) {
    return folder_ + "/logs/gatehouse." + std::to_string(number) + ".log";
  };
  EXPECT_EQ(text_of(path()).substr(0, 10), "line 1040\n");
  EXPECT_EQ(text_of(older(1)).substr(0, 10), "line 1030\n");
  EXPECT_EQ(text_of(older(2)).size(), 100U);
  EXPECT_FALSE(std::filesystem::exists(older(3)));
}

TEST_F(LogWriterTest, CountsWhatTheRingsDroppedAndSaysSo) {
  telemetry::Counters counters;
  for (std::size_t i = 0; i < LogRing::kCapacityBytes / 1024 + 7; ++i) {
    ring_->push(std::string(1023, 'x'));
  }
  LogWriter writer(clock_, to_file(), {ring_}, &counters);
  writer.flush();
  EXPECT_EQ(writer.lines_dropped(), 7U);
  EXPECT_EQ(counters.get(telemetry::Counter::kLogLinesDropped), 7U);
  EXPECT_THAT(text_of(path()), HasSubstr("\"event\":\"LOG_LINES_DROPPED\""));
  EXPECT_THAT(text_of(path()), HasSubstr("\"count\":7}"));
}

TEST_F(LogWriterTest, SurvivesAFullDisk) {
  auto settings = to_pipe();
  settings.file_path = "/dev/full";
  LogWriter writer(clock_, settings, {ring_});
  for (int i = 0; i < 3; ++i) {
    ring_->push("line");
    writer.flush();
  }
  EXPECT_EQ(read_now(pipe_[0]), "line\nline\nline\n");
}

TEST_F(LogWriterTest, SurvivesAFolderInPlaceOfTheFile) {
  std::filesystem::create_directories(path());
  LogWriter writer(clock_, to_file(), {ring_});
  ring_->push("line");
  writer.flush();
}

TEST_F(LogWriterTest, SurvivesAReaderThatLeft) {
  close_reader();
  auto settings = to_pipe();
  settings.file_path = path();
  LogWriter writer(clock_, settings, {ring_});
  ring_->push("line");
  writer.flush();
  EXPECT_EQ(text_of(path()), "line\n");
}

TEST_F(LogWriterTest, EndsWhileTheReaderIsStuck) {
  auto settings = to_pipe();
  settings.file_path = path();
  {
    LogWriter writer(clock_, settings, {ring_});
    ring_->push(std::string(200 * 1024, 'x'));  // more than a pipe holds
    ring_->push("next");
  }
  EXPECT_EQ(text_of(path()).size(), 200 * 1024 + 1 + 5U);
}

TEST_F(LogWriterTest, OpensItsFileAnewWhenAsked) {
  LogWriter writer(clock_, to_file(), {ring_});
  ring_->push("before");
  writer.flush();
  std::filesystem::rename(path(), folder_ + "/moved.log");
  ring_->push("after");
  writer.reopen();
  EXPECT_EQ(text_of(folder_ + "/moved.log"), "before\n");
  EXPECT_EQ(text_of(path()), "after\n");
  writer.reopen();
  writer.reopen();
  EXPECT_EQ(text_of(path()), "after\n");
}

TEST_F(LogWriterTest, TakesLinesFromManyThreads) {
  LogWriter writer(clock_, to_file(), {ring_});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        ring_->push("0123456789");
        if (i % 100 == 0) writer.flush();
        if (i % 250 == 0) writer.reopen();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  writer.flush();
  EXPECT_EQ(text_of(path()).size(), 4U * 500 * 11);
}

TEST_F(LogWriterTest, TellsAFileWhatItMissed) {
  FakeClock clock;
  const auto file_path = folder_ + "/file.log";
  std::filesystem::create_directories(file_path);
  RotatingFile file(clock, file_path, 1000, 2);
  file.write("one\ntwo\n");
  EXPECT_EQ(file.lines_lost(), 2U);
  std::filesystem::remove(file_path);
  file.write("three\n");  // too early to try again
  EXPECT_EQ(file.lines_lost(), 3U);
  clock.advance(std::chrono::seconds(2));
  file.write("four\n");
  file.write("five\n");
  EXPECT_EQ(file.lines_lost(), 3U);
  const auto text = text_of(file_path);
  EXPECT_THAT(text, HasSubstr("\"count\":3}\nfour\nfive\n"));
}

TEST_F(LogWriterTest, BeginsALineOfItsOwnAfterACutOne) {
  DescriptorOutput output(pipe_[1]);
  output.write(std::string(200 * 1024, 'x') + "\nlost\n");
  EXPECT_EQ(output.lines_lost(), 2U);
  output.write("lost too\n");  // doesn't wait again
  EXPECT_EQ(output.lines_lost(), 3U);
  read_now(pipe_[0]);
  output.write("next\n");
  EXPECT_EQ(read_now(pipe_[0]), "\nnext\n");
}

}  // namespace
}  // namespace gatehouse::exporters
