# SPDX-License-Identifier: Apache-2.0
# The front door; meson does the work. SAN=address,undefined or SAN=thread builds apart.
SAN     ?=
PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build$(if $(SAN),-$(subst $() ,-,$(subst $(comma), ,$(SAN))))
comma   := ,

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD)

$(BUILD)/build.ninja:
	@meson setup $(BUILD) --prefix $(PREFIX) $(if $(SAN),-Db_sanitize=$(SAN) -Db_lundef=false) >/dev/null

deps-build:
	@tools/deps.sh build

demo: deps-build
	@tools/deps.sh demo
	@$(MAKE) --no-print-directory all
	@tools/demo.sh $(BUILD)

check: deps-build
	@tools/deps.sh test
	@$(MAKE) --no-print-directory all
	@test/run.sh $(BUILD)

# Unit tests and fuzz corpora alone.
check-unit: deps-build
	@tools/deps.sh test
	@$(MAKE) --no-print-directory all
	@$(if $(findstring thread,$(SAN)),setarch -R) meson test -C $(BUILD) --no-rebuild --print-errorlogs --suite unit --suite fuzz

# The suites that drive the daemon: what a thread sanitizer is for.
check-daemon: deps-build
	@tools/deps.sh test
	@$(MAKE) --no-print-directory all
	@test/run.sh $(BUILD) $(foreach room,run seeds api engine logs stdio fault,test/$(room)/*.bats)

# The runtime on cgroup v2, with and without systemd and AppArmor, in emulated machines.
check-vm: deps-build
	@tools/deps.sh vm
	@$(MAKE) --no-print-directory all
	@tools/vm/check.sh $(BUILD)

lint:
	@tools/deps.sh test
	@tools/lint.sh

bench: deps-build
	@tools/deps.sh bench
	@$(MAKE) --no-print-directory all
	@bench/run.sh $(BUILD)

install: all
	@meson install -C $(BUILD) --no-rebuild $(if $(DESTDIR),--destdir $(abspath $(DESTDIR))) >/dev/null

clean:
	rm -rf build build-*

.PHONY: all deps-build demo check check-unit check-daemon check-vm lint bench install clean
