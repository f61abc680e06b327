# make check: all of it. make check-unit: what needs neither etcd nor Unbound.
unit_tests =
system_tests = \
	tests/system/test_answers.py

if HAVE_CMOCKA
unit_tests += \
	tests/unit/test_name
check_PROGRAMS += $(unit_tests)
endif

unit_cppflags = $(AM_CPPFLAGS) $(CMOCKA_CFLAGS) $(CJSON_CFLAGS) \
	-DTEST_DATA='"$(abs_top_srcdir)/tests/unit/data"'
unit_ldadd = libhelix.la $(CMOCKA_LIBS)

tests_unit_test_name_CPPFLAGS = $(unit_cppflags)
tests_unit_test_name_LDADD = $(unit_ldadd)

TESTS = $(unit_tests)
if HAVE_PYTEST
TESTS += $(system_tests)
endif

TEST_EXTENSIONS = .py
tap_driver = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_DRIVER = $(tap_driver)
PY_LOG_DRIVER = $(tap_driver)
PY_LOG_COMPILER = $(PYTHON3) -m pytest
AM_PY_LOG_FLAGS = -q -p no:cacheprovider --tap
AM_TESTS_ENVIRONMENT = \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
	HELIX_MODULE='$(abs_top_builddir)/.libs/helix.so'; export HELIX_MODULE; \
	HELIX_SOURCE='$(abs_top_srcdir)'; export HELIX_SOURCE; \
	UNBOUND_PREFIX='$(UNBOUND_PREFIX)'; export UNBOUND_PREFIX;

.PHONY: check-unit
check-unit:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(unit_tests)'

EXTRA_DIST += $(system_tests) tests/system/conftest.py
