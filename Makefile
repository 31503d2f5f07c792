# For newcomers: `make report` measures the built-in workload and writes a sizing report,
# `make test` runs the tests. Both first install what the machine lacks (.ci/provide).
# The packaged engine is never started as a service; each run starts a private one of its own.

# Last on PATH, so that anything the user has chosen comes first.
export PATH := $(PATH):$(HOME)/.cargo/bin:$(CURDIR)/.engine

SCRIPTS = .ci/provide terraform/examples/bench/run terraform/modules/bench/host.sh tests/it/support/spy-*

.PHONY: report test test-html check bench claims learn-truth scoreboard clean-reports tools

# A goal that is not met (exit code 1) is a verdict like any other, and a machine too disturbed to
# measure on (5) is told in the report as well.
report: tools
	cargo run --release --locked -- plan --out reports/latest || [ $$? -eq 1 -o $$? -eq 5 ]

test: tools
	cargo test --locked

# The HTML report in a headless Chromium, which is installed where it is missing.
test-html: tools
	@sh .ci/provide browser
	cargo test --locked --test html

check: tools
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps
	if command -v terraform >/dev/null; then terraform fmt -check -recursive terraform; fi
	if command -v shellcheck >/dev/null; then shellcheck -S warning $(SCRIPTS); fi

# Response times against queues whose answer is known; offering load beside every peer on PATH;
# loading 400,000 keys beside `redis-cli --pipe`; sizing over the whole catalog; reading a snapshot of
# a million keys. A quarter of an hour on a machine that does nothing else.
bench: tools
	cargo bench --locked --bench truth --bench load --bench seed --bench size --bench snapshot

# Whether nine of ten further runs lie where one run says; ten minutes on a quiet machine.
claims: tools
	cargo bench --locked --bench claims

# What `spec learn` makes of five productions of known contents, 1 to 5 million keys each, and of the
# tutorial's data; ten minutes on a quiet machine with 4 GB free.
learn-truth: tools
	cargo bench --locked --bench learn

# Predicted against measured memory on every engine (CACHEFIT_TEST_ENGINES names further ones), into
# README.md and MODEL.md.
scoreboard: export CACHEFIT_SCOREBOARD := $(CURDIR)/target/scoreboard.tsv
scoreboard: tools
	rm -f "$$CACHEFIT_SCOREBOARD"
	cargo test --release --locked --test it -- memory:: seed::the_built_in_workload
	cargo bench --locked --bench scoreboard

# Every run but the sample that git keeps.
clean-reports:
	find reports -mindepth 1 -maxdepth 1 ! -name sample ! -name .gitkeep -exec rm -r {} +

tools:
	@sh .ci/provide
