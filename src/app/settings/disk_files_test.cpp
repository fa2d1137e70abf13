// The real environment and files.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "gatehouse/settings/machine.hpp"

namespace gatehouse::settings {
namespace {

class DiskFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "gatehouse-settings-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static unsigned mode_of(const std::string& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 0777;
  }

  std::string folder_;
  DiskFiles files_;
};

TEST_F(DiskFilesTest, WritesForItsOwnerOnly) {
  const auto path = folder_ + "/a/b/secret";
  ASSERT_TRUE(files_.write_new_private(path, "text").has_value());
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(mode_of(folder_ + "/a"), 0700U);
  EXPECT_TRUE(files_.exists(path));
  const auto read = files_.read(path);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->text, "text");
  EXPECT_FALSE(read->is_readable_by_others);
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_TRUE(files_.read(path)->is_readable_by_others);
}

TEST_F(DiskFilesTest, NeverOverwrites) {
  const auto path = folder_ + "/file";
  ASSERT_TRUE(files_.write_new_private(path, "first").has_value());
  const auto second = files_.write_new_private(path, "second");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kConflict);
  EXPECT_EQ(files_.read(path)->text, "first");
}

TEST_F(DiskFilesTest, TellsWhyAFileCannotBeRead) {
  EXPECT_EQ(files_.read(folder_ + "/gone").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(files_.read(folder_).error().code, ErrorCode::kUnavailable);  // a folder
  std::ofstream(folder_ + "/large") << std::string(kSettingsFileBytesMax + 1, 'x');
  EXPECT_EQ(files_.read(folder_ + "/large").error().code, ErrorCode::kTooLarge);
}

TEST(ProcessEnvironmentTest, ReadsTheEnvironment) {
  // NOLINTBEGIN(concurrency-mt-unsafe): this test has one thread
  ASSERT_EQ(::setenv("GATEHOUSE_TEST_NAME", "a=b", 1), 0);
  const ProcessEnvironment environment;
  EXPECT_EQ(environment.get("GATEHOUSE_TEST_NAME"), "a=b");
  const auto names = environment.names();
  EXPECT_NE(std::ranges::find(names, "GATEHOUSE_TEST_NAME"), names.end());
  ::unsetenv("GATEHOUSE_TEST_NAME");
  // NOLINTEND(concurrency-mt-unsafe)
  EXPECT_EQ(environment.get("GATEHOUSE_TEST_NAME"), std::nullopt);
}

}  // namespace
}  // namespace gatehouse::settings
