# `make check` is what CI runs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build

GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LINT_VERSION := v2.15.0
LINT := bin/golangci-lint-$(LINT_VERSION)
# For tests that are worth a floor: the least share of statements, in percent.
COVERED := kellybot/kelly kellybot/commands
COVERAGE := 85
SYSTEMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
OTHER_SYSTEMS := $(filter-out $(shell $(GO) env GOOS)/$(shell $(GO) env GOARCH), $(SYSTEMS))
FUZZTIME ?= 10s

.PHONY: build build-all check fmt vet tidy lint test cover soak systems bench fuzz image clean

build: ## the program, for this machine
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o kellybot .

build-all: ## the program, for every system of a release, in bin
	@for system in $(SYSTEMS); do \
		os=$${system%/*} arch=$${system#*/} suffix=; [[ $$os != windows ]] || suffix=.exe; \
		echo "bin/kellybot_$${os}_$$arch$$suffix"; \
		GOOS=$$os GOARCH=$$arch CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' \
			-o "bin/kellybot_$${os}_$$arch$$suffix" .; \
	done

check: fmt vet tidy lint cover soak systems ## everything that must hold

fmt:
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt -w these:"; echo "$$unformatted"; exit 1; }

vet:
	$(GO) vet ./...

tidy:
	$(GO) mod tidy -diff

lint: $(LINT)
	$(LINT) run ./...

$(LINT): # downloaded and built once
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	mv bin/golangci-lint $@

# The race detector would let each of the many processes that tests start wait
# for a second before it ends.
test: ## with the race detector; leaves coverage.out
	GORACE=atexit_sleep_ms=0 $(GO) test -race -timeout 15m -coverprofile=coverage.out ./...

cover: test
	@awk -v packages='$(COVERED)' -v least=$(COVERAGE) ' \
		NR > 1 { name = $$1; sub(/\/[^\/]*$$/, "", name); all[name] += $$2; if ($$3 > 0) hit[name] += $$2 } \
		END { n = split(packages, wanted, " "); for (i = 1; i <= n; i++) { \
			share = all[wanted[i]] ? 100 * hit[wanted[i]] / all[wanted[i]] : 0; \
			printf "%s: %.1f %% of statements are covered, %d %% must be\n", wanted[i], share, least; \
			if (share < least) failed = 1 } exit failed }' coverage.out

systems: ## it compiles, tests included, on the others that people have
	@for system in $(OTHER_SYSTEMS); do \
		echo "vet for $$system"; \
		GOOS=$${system%/*} GOARCH=$${system#*/} CGO_ENABLED=0 $(GO) vet ./...; \
	done

soak: ## 2000 requests in faults of every kind, which the race detector gets too few of
	$(GO) test -run Soak -count 1 -timeout 5m -v .

bench: ## the tables of docs/performance.md
	$(GO) test -run '^$$' -bench . ./kelly ./bots/pipeline ./internal/imaging ./internal/jobs .

fuzz: ## every fuzz target for FUZZTIME
	@for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

image: ## the container image
	docker build --build-arg VERSION=$(VERSION) -t kellybot .

clean:
	rm -rf bin kellybot coverage.out
