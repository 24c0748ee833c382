"""E 76-84: links to where we must not go. The fetching itself is tested in tests/labelops."""

LINKS = {
    76: [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
    ],
    77: [
        "http://127.0.0.1/",
        "http://0/",
        "http://0.0.0.0/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://017700000001/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
    ],
    78: [
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.0.1/",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "http://testserver/",
    ],
    81: [
        "file:///etc/passwd",
        "gopher://example.org/",
        "ftp://example.org/x",
        "data:text/csv,id",
        "dict://example.org/",
        "jar:http://example.org!/x",
        "http://a@b/",
        "http://a#@b/",
        "http://exam\tple.org/",
        "http://example.org/\nx",
        "http://example\u3002org/",
    ],
    84: [f"http://example.org:{port}/" for port in (22, 25, 5432, 6379)],
}
FETCHING = "tests/labelops/test_fetching.py"
HOSTILE = (
    "tests/labelops/test_fetching_links.py::test_a_hostile_link_is_refused_and_nothing_is_sent"
)
COVERED = {
    76: [HOSTILE],
    79: [
        f"{FETCHING}::test_a_redirect_to_what_is_refused_ends_there",
        f"{FETCHING}::test_redirects_are_followed_five_times_and_no_more",
    ],
    80: [
        f"{FETCHING}::test_one_private_address_among_those_of_a_name_refuses_it",
        f"{FETCHING}::test_a_name_that_changes_its_address_is_asked_once",
        f"{FETCHING}::test_a_redirect_to_a_name_that_became_private_is_refused",
    ],
    82: [
        f"{FETCHING}::test_an_endless_body_is_cut_at_the_cap",
        f"{FETCHING}::test_a_slow_body_silence_and_slow_headers_end_with_the_time",
        f"{FETCHING}::test_a_content_length_that_lies_is_noticed",
        f"{FETCHING}::test_a_gzip_bomb_stays_packed",
        f"{FETCHING}::test_a_file_announced_as_too_large_is_not_read",
    ],
    83: [
        f"{FETCHING}::test_closed_port_unknown_name_refused_address_and_bad_certificate_read_alike",
        f"{FETCHING}::test_a_refusal_takes_a_random_while",
    ],
}
