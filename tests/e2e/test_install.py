"""What `cmake --install` leaves works for a stranger: the programs run from there, and a project
of its own finds the client with find_package(weir) and links nothing else of Weir's."""

import os
import re
import shutil
import subprocess

import pytest

import fleet as fleets

BUILD = fleets.BIN.parent
PROGRAMS = ["weir", "weir-coordinator", "weir-node-agent"]
SYSTEM = r"(linux-vdso|ld-linux.*|libssl|libcrypto|libstdc\+\+|libgcc_s|libc|libm|libpthread)\.so.*"


def run(*command, **kw):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=300,
                          **kw)
    assert done.returncode == 0, (command, done.stdout[-3000:], done.stderr[-3000:])
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    cache = BUILD / "CMakeCache.txt"
    if not cache.exists() or not shutil.which("cmake"):
        pytest.skip("no CMake build beside these programs")
    if "WEIR_SANITIZE:BOOL=ON" in cache.read_text():
        pytest.skip("a build with sanitizers is not one to install")
    where = tmp_path_factory.mktemp("weir-install")
    run("cmake", "--install", BUILD, "--prefix", where)
    return where


def configure(project, build, prefix):
    run("cmake", "-S", project, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
        "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    return run("cmake", "--build", build, "--verbose")


def test_programs_run_from_the_prefix(prefix):
    assert sorted(p.name for p in (prefix / "bin").iterdir()) == PROGRAMS
    for name in PROGRAMS:
        assert "weir" in run(prefix / "bin" / name, "--help")


def test_units_start_the_installed_programs(prefix):
    units = list((prefix / "lib/systemd/system").iterdir())
    assert {u.stem for u in units} == {"weir-coordinator", "weir-node-agent", "weir-cloud-proxy"}
    for unit in units:
        source = fleets.ROOT / "examples/config/systemd" / unit.name
        program = re.search(r"ExecStart=(\S+) ", unit.read_text()).group(1)
        assert os.path.dirname(program) == str(prefix / "bin")
        assert unit.read_text() == source.read_text().replace("=/usr/bin/", f"={prefix}/bin/")


def test_the_installed_files_name_no_folder_of_the_build(prefix):
    texts = [p for p in prefix.rglob("*") if p.suffix in (".cmake", ".hpp")]
    assert {"weirConfig.cmake", "weirConfigVersion.cmake", "client.hpp"} <= {p.name for p in texts}
    for text in texts:
        assert str(fleets.ROOT) not in text.read_text(), text
    header = (prefix / "include/weir/client.hpp").read_text()
    assert all("/" not in name for name in re.findall(r'#include [<"](.+)[>"]', header))


def test_the_example_is_built_from_the_prefix_and_talks_to_a_fleet(prefix, tmp_path, fleet):
    built = configure(fleets.ROOT / "examples" / "client", tmp_path, prefix)
    assert f"{prefix}/lib" in built
    assert not re.search(rf"{re.escape(str(BUILD))}\S*\.(a|so|o)\b", built)
    program = tmp_path / "weir-client-example"
    for line in run("ldd", program).splitlines():
        assert re.fullmatch(SYSTEM, os.path.basename(line.split()[0])), line

    engine = fleet.demo_engine("engine")
    fleet.start_coordinator(keys=False)
    fleet.start_agent("gpu-1", "L1", [f"{{kind: openai, url: '{engine.url}'}}"])
    fleet.wait_nodes("gpu-1")
    told = run(program, fleet.url, "What is a weir?")
    assert "ran on gpu-1 (L1) as P1" in told
    assert told.count("in the background, on gpu-1: ") == 2
    refused = subprocess.run([program, f"http://127.0.0.1:{fleets.free_port()}"], text=True,
                             capture_output=True, timeout=60)
    assert refused.returncode == 1 and refused.stderr.startswith("unreachable")


STRANGER = """
#include <cstdlib>
#include <stdexcept>
#include <weir/client.hpp>

extern "C" void llhttp_init() { std::abort(); }  // this project's own: the client has another

extern "C" int ask(const char* url) {
  weir::client::Options options;
  options.urls = {url};
  weir::client::Client client{options};
  const auto models = client.models();
  if (!models || models->empty()) return 2;
  weir::client::ChatRequest request;
  request.model = models->front().id;
  request.messages.push_back({"user", "Hello."});
  auto call = client.submit(request, {});
  if (!call || !call->wait()) return 1;
  try {
    (void)client.stream(request, [](const std::string&) -> bool { throw std::runtime_error{"x"}; });
  } catch (const std::runtime_error&) {
    return client.get("/v1/models") ? 0 : 4;
  }
  return 3;
}
"""


def test_a_shared_library_of_a_cxx17_project_takes_the_client_in(prefix, tmp_path, fleet):
    (tmp_path / "plugin.cpp").write_text(STRANGER)
    (tmp_path / "main.cpp").write_text('extern "C" int ask(const char*);\n'
                                       "int main(int, char** argv) { return ask(argv[1]); }\n")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.16)\n"
        "project(stranger LANGUAGES CXX)\n"
        "set(CMAKE_CXX_STANDARD 17)\n"
        "add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)\n"
        "find_package(weir 0.1 REQUIRED)\n"
        "add_library(plugin SHARED plugin.cpp)\n"
        "target_link_libraries(plugin PRIVATE weir::client)\n"
        "add_executable(stranger main.cpp)\n"
        "target_link_libraries(stranger PRIVATE plugin)\n"
    )
    configure(tmp_path, tmp_path / "build", prefix)
    run(tmp_path / "build" / "stranger", fleet.demo_engine("engine").url)
