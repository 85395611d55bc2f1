# Python 3.11 or newer and make are all that a machine must have; the rest is put into .venv and node_modules.
# PYTHON=... names another Python; PORT, GIAS, LINKS and TODAY are for `run`, see README.md.

# The newest that Chalice and Lambda are known to support comes first; what is packaged runs on this very version.
PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3.14 python3 python; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11, 5))' 2>/dev/null && { echo $$each; break; }; done)
PORT ?= 8000
ARCH ?= arm64
VENV := .venv
# They judge what the functions were seen to do in all the other tests.
JUDGES := tests/infra/test_policies.py tests/infra/test_alarm_words.py
PY := $(VENV)/bin/python
confirm = $(if $(filter yes,$(CONFIRM)),--confirm)

.DEFAULT_GOAL := help
.PHONY: help run test lint browser messages campaigns register bench-search static package packaging check-templates lock clean
.PHONY: deploy smoke rollback rotate contacts staff erase
.PHONY: faults load
.PHONY: audit
.PHONY: hostile
.PHONY: emulate

help: ## lists what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1 \2/p' Makefile | while read -r name what; do \
		printf '  make %-14s %s\n' "$$name" "$$what"; done

run: $(VENV)/.ready ## the whole service on this machine; GIAS=file.csv LINKS=file.csv PORT=8000 TODAY=2017-09-21
	@exec $(PY) -m infra.local --port "$(PORT)" $(if $(GIAS),--gias "$(GIAS)") $(if $(LINKS),--links "$(LINKS)") \
		$(if $(TODAY),--today "$(TODAY)") $(ARGS)

test: static ## the tests, but for the browser's; ARGS="-k words" picks some
	@$(if $(ARGS),$(PY) -m pytest $(ARGS),$(PY) -m pytest -n 2 --dist loadfile --write-seen build/seen.json && \
		$(PY) -m pytest $(JUDGES) --read-seen build/seen.json)

hostile: static ## 10,000 hostile inputs, each byte of links and cookies, each cell of who may send a form
	@$(PY) -m pytest --hostile -s tests/web/test_hostile_inputs.py tests/web/test_csrf.py $(ARGS)

browser: static $(VENV)/.browser-ready ## the tests that drive Chromium
	@$(PY) -m pytest tests/browser $(ARGS)

faults: static ## every AWS call fails in every way, every race runs in every order: minutes; prints the figures
	@$(PY) -m pytest tests/test_faults.py tests/test_faults_races.py tests/test_faults_clocks.py --thorough $(ARGS)

load: static ## a busy day with faults, and long queues: minutes; prints the figures
	@$(PY) -m pytest tests/load --thorough $(ARGS)

emulate: static $(VENV)/.browser-ready build/emulate/.ready ## the artefact on an emulated AWS, walked through its gateway
	@began=$$(date +%s); \
	$(PY) -m infra.package --stage dev --arch "$$(uname -m | sed s/aarch64/arm64/)" --out build/emulated >/dev/null && \
	$(PY) -m pytest tests/emulated $(ARGS) && \
	echo "Packaged, deployed and walked in $$(($$(date +%s) - began)) s; nothing is left running."

lint: $(VENV)/.ready ## ruff, mypy, import rules, campaign files, and whether messages.pot is up to date
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports
	@$(PY) -m infra.campaigns
	@$(PY) -m infra.messages --check

messages: $(VENV)/.ready ## gathers what people read into messages.pot, and makes the pseudo-locales
	@$(PY) -m infra.messages

campaigns: $(VENV)/.ready ## checks the campaign files
	@$(PY) -m infra.campaigns

register: $(VENV)/.ready ## builds the register; GIAS=file.csv LINKS=file.csv OUT=file.sqlite; ARGS=--dry-run only reports
	@$(PY) -m infra.register --gias "$(GIAS)" $(if $(LINKS),--links "$(LINKS)") $(if $(OUT),--out "$(OUT)") $(ARGS)

bench-search: $(VENV)/.ready ## measures the search; GIAS=file.csv QUERIES=file.tsv; ARGS=--must makes it strict
	@$(PY) -m infra.bench_search --gias "$(GIAS)" --queries "$(QUERIES)" $(ARGS)

static: $(VENV)/.ready ## builds style sheets and scripts, where something changed
	@$(PY) -m infra.static

clean: ## takes away everything that was built, .venv and node_modules too
	rm -rf $(VENV) build node_modules tests/browser/node_modules chalicelib/content/static \
		chalicelib/content/static.new chalicelib/content/locale/pseudo .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache

package: static ## the artefact for AWS into build/package; STAGE=prod ARCH=arm64 GIAS=file.csv LINKS=file.csv
	@$(PY) -m infra.package --stage "$(STAGE)" --arch "$(ARCH)" $(if $(OUT),--out "$(OUT)") \
		$(if $(GIAS),--gias "$(GIAS)") $(if $(LINKS),--links "$(LINKS)") $(ARGS)
	@$(MAKE) --no-print-directory check-templates
	@$(PY) -m infra.audit runtime

check-templates: build/ship/.ready ## cfn-lint and checkov on both templates of the artefact; OUT=build/package
	@build/ship/bin/cfn-lint --regions eu-west-2 --non-zero-exit-code informational \
		--template $(foreach name,app data,"$(or $(OUT),build/package)/$(name).json")
	@build/ship/bin/checkov --config-file infra/checkov.yaml \
		--file $(foreach name,app data,"$(or $(OUT),build/package)/$(name).json")
	@echo "cfn-lint and checkov: clean."

audit: $(VENV)/.ready build/ship/.ready ## known faults of every locked package; ARGS=--must where none may be unknown
	@$(PY) -m infra.audit $(ARGS)

packaging: static build/ship/.ready ## the tests of the artefact: reproducible, whole, serving from itself
	@$(PY) -m pytest tests/packaging $(ARGS)

deploy: $(VENV)/.ready ## ships build/package; a dry run without CONFIRM=yes; STAGE=dev MAIL_DOMAIN= DOMAIN= CERTIFICATE=
	@$(PY) -m infra.deploy --stage "$(STAGE)" $(if $(MAIL_DOMAIN),--mail-domain "$(MAIL_DOMAIN)") \
		$(if $(MAIL_FROM),--mail-from "$(MAIL_FROM)") $(if $(DOMAIN),--domain "$(DOMAIN)") \
		$(if $(CERTIFICATE),--certificate "$(CERTIFICATE)") $(if $(ALARM_MAIL),--alarm-mail "$(ALARM_MAIL)") \
		$(if $(CAMPAIGN),--campaign "$(CAMPAIGN)") $(if $(SET),--set $(SET)) $(confirm)

smoke: $(VENV)/.ready ## looks at a site from outside; URL=https://...
	@$(PY) -m infra.smoke "$(URL)"

rollback: $(VENV)/.ready ## the code shipped before; the data is not touched; a dry run without CONFIRM=yes; STAGE=
	@$(PY) -m infra.rollback --stage "$(STAGE)" $(confirm)

rotate: $(VENV)/.ready ## a new key; a dry run without CONFIRM=yes; STAGE= WHAT=cookies|links|fingerprint
	@$(PY) -m infra.rotate --stage "$(STAGE)" $(if $(WHAT),--what "$(WHAT)") \
		$(if $(CAMPAIGN),--campaign "$(CAMPAIGN)") $(confirm)

staff: $(VENV)/.ready ## an account for one of the staff, with its second factor; STAGE= STAFF=name
	@$(PY) -m infra.staff_account "$(STAFF)" --stage "$(STAGE)"

contacts: $(VENV)/.ready ## schools' addresses (CSV: URN, e-mail); a dry run without CONFIRM=yes; STAGE= FILE= MADE=day REPLACE=yes
	@$(PY) -m infra.contact_list "$(FILE)" --stage "$(STAGE)" $(if $(MADE),--made "$(MADE)") \
		$(if $(filter yes,$(REPLACE)),--replace) $(confirm)

erase: $(VENV)/.ready ## erases a withdrawal for good; a dry run without CONFIRM=yes; STAGE= REFERENCE= BY=sender|staff, or RESTORED=yes
	@$(PY) -m infra.erase --stage "$(STAGE)" $(if $(REFERENCE),--reference "$(REFERENCE)") \
		$(if $(filter yes,$(RESTORED)),--restored) $(if $(BY),--by "$(BY)") $(confirm)

lock: build/ship/.ready ## makes locks/ from the requirements; ARGS="--upgrade-package name" takes a newer one
	@$(PY) -m infra.locks $(ARGS)

.PHONY: bench
bench: static build/bench/.ready ## counts what a cold page, a journey and a package cost; needs valgrind; some minutes
	@$(PY) -m tests.bench $(ARGS)

# A lock that says the same as the one installed, whatever its date, installs nothing.
define install
@cmp -s $< $(1)/$(notdir $<) || { \
	$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11, 5))' 2>/dev/null || { \
		echo "Retract needs Python 3.11.5 or newer; PYTHON=/path/to/python names one." >&2; exit 1; }; \
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments: on Debian and Ubuntu, apt install python3-venv." >&2; \
		exit 1; }; \
	echo "Installing $(basename $(notdir $<)) into $(1): a minute, once ..."; \
	$(PYTHON) -m venv $(1) && \
	$(1)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r $< && \
	cp $< $(1)/; }
@touch $@
endef

$(VENV)/.ready: locks/dev.txt
	$(call install,$(VENV))

$(VENV)/.browser-ready: locks/browser.txt $(VENV)/.ready
	$(call install,$(VENV))

build/%/.ready: locks/%.txt
	$(call install,build/$*)
