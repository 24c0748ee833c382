"""Wrong values stop the start with one sentence that names the variable."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from labelops import environment


def test_the_ports_of_the_environment_are_numbers_of_ports(monkeypatch):
    monkeypatch.setenv("LABELOPS_FETCH_PORTS", "443, 9000")
    assert environment.ports("LABELOPS_FETCH_PORTS", "80") == {443, 9000}
    for wrong in ("x", "0", "65536", "-1", "80;443", ","):
        monkeypatch.setenv("LABELOPS_FETCH_PORTS", wrong)
        with pytest.raises(ImproperlyConfigured, match="LABELOPS_FETCH_PORTS"):
            environment.ports("LABELOPS_FETCH_PORTS", "80")


@pytest.mark.once
def test_the_services_that_may_be_asked_are_origins(monkeypatch):
    given = "http://10.0.0.5:9090/, https://Models.example.org:443,http://[::1]:80"
    monkeypatch.setenv("LABELOPS_FETCH_ALLOW", given)
    assert environment.origins("LABELOPS_FETCH_ALLOW") == {
        *("http://10.0.0.5:9090", "https://models.example.org", "http://[::1]"),
    }
    for wrong in (
        "10.0.0.5",
        "ftp://x",
        "http://a/b",
        "http://u@a",
        "http://a:0",
        "http://a:70000",
    ):
        monkeypatch.setenv("LABELOPS_FETCH_ALLOW", wrong)
        with pytest.raises(ImproperlyConfigured, match="LABELOPS_FETCH_ALLOW"):
            environment.origins("LABELOPS_FETCH_ALLOW")
    monkeypatch.setenv("LABELOPS_FETCH_ALLOW", "")
    assert environment.origins("LABELOPS_FETCH_ALLOW") == frozenset()


def test_the_import_folder_is_one_apart_from_the_data(monkeypatch, tmp_path):
    private, offered = tmp_path / "var", tmp_path / "in"
    for folder in (private, offered, private / "media"):
        folder.mkdir()
    monkeypatch.setenv("LABELOPS_IMPORT_DIR", str(offered))
    assert environment.import_dir("LABELOPS_IMPORT_DIR", private) == offered
    for wrong in (tmp_path, private, private / "media", tmp_path / "no"):
        monkeypatch.setenv("LABELOPS_IMPORT_DIR", str(wrong))
        with pytest.raises(ImproperlyConfigured, match="LABELOPS_IMPORT_DIR"):
            environment.import_dir("LABELOPS_IMPORT_DIR", private)
    monkeypatch.setenv("LABELOPS_IMPORT_DIR", "")
    assert environment.import_dir("LABELOPS_IMPORT_DIR", private) is None


def test_the_currency_is_a_code_of_three_letters(monkeypatch):
    monkeypatch.setenv("LABELOPS_CURRENCY", " USD ")
    assert environment.currency("LABELOPS_CURRENCY", "EUR") == "USD"
    for wrong in ("usd", "US", "EURO", "€"):
        monkeypatch.setenv("LABELOPS_CURRENCY", wrong)
        with pytest.raises(ImproperlyConfigured, match="LABELOPS_CURRENCY"):
            environment.currency("LABELOPS_CURRENCY", "EUR")
