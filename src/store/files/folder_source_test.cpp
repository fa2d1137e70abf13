#include "gatehouse/store/files/folder_source.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace gatehouse::store::files {
namespace {

namespace fs = std::filesystem;

class Folder : public ::testing::Test {
 protected:
  Folder() : root_(fs::path(::testing::TempDir()) / ("folder" + std::to_string(::getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_ / "docs");
  }
  ~Folder() override { fs::remove_all(root_); }
  void put(const std::string& name, const std::string& text) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const auto& file : listing().files) out.push_back(file.name);
    return out;
  }
  knowledge::SourceListing listing() {
    auto listed = source_.list();
    EXPECT_TRUE(listed.has_value());
    return listed ? *listed : knowledge::SourceListing{};
  }

  const fs::path root_;
  FolderSource source_{(root_ / "docs").string()};
};

using Names = std::vector<std::string>;

TEST_F(Folder, ListsDocumentsOfAllSubfolders) {
  put("docs/b.md", "b");
  put("docs/sub/a.html", "a");
  put("docs/c.exe", "no document");
  put("docs/.hidden.md", "no");
  put("docs/.git/x.md", "no");
  EXPECT_EQ(names(), (Names{"b.md", "sub/a.html"}));
  EXPECT_EQ(listing().files[0].size_bytes, 1U);
  EXPECT_GT(listing().files[0].modified_ms, 0);
  EXPECT_EQ(*source_.read("sub/a.html"), "a");
}

TEST_F(Folder, RefusesLinksThatLeaveTheFolder) {
  put("secret.md", "secret");
  fs::create_symlink(root_ / "secret.md", root_ / "docs/out.md");
  fs::create_symlink("../secret.md", root_ / "docs/up.md");
  fs::create_directory_symlink(root_, root_ / "docs/around");
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(listing().skipped.size(), 2U);
  EXPECT_FALSE(source_.read("out.md").has_value());
  EXPECT_FALSE(source_.read("up.md").has_value());
  EXPECT_FALSE(source_.read("../secret.md").has_value());
  EXPECT_FALSE(source_.read("around/secret.md").has_value());
}

TEST_F(Folder, FollowsLinksInside) {
  put("docs/..data/a.md", "a");  // as Kubernetes mounts a configuration
  fs::create_symlink("..data/a.md", root_ / "docs/a.md");
  EXPECT_EQ(names(), (Names{"a.md"}));
  EXPECT_EQ(*source_.read("a.md"), "a");
}

TEST_F(Folder, IsNotTrappedInPipesAndDepths) {
  ASSERT_EQ(::mkfifo((root_ / "docs/pipe.md").c_str(), 0600), 0);
  std::string deep = "docs";
  for (std::size_t i = 0; i < knowledge::kMaxSourceDepth + 2; ++i) deep += "/d";
  put(deep + "/x.md", "x");
  EXPECT_TRUE(names().empty());
  ASSERT_EQ(listing().skipped.size(), 1U);
  EXPECT_FALSE(source_.read("pipe.md").has_value());
}

TEST_F(Folder, SaysWhenItIsNotThere) {
  auto listed = FolderSource((root_ / "none").string()).list();
  ASSERT_FALSE(listed.has_value());
  EXPECT_EQ(listed.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace gatehouse::store::files
