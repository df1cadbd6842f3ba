"""Password hashes, and the passwords that everybody tries first."""

import pytest

from portal.kit import passwords


def test_a_hash_is_argon2id_with_enough_memory():
    stored = passwords.make_hash("Right-horse-4711")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.matches(stored, "Right-horse-4711")
    assert not passwords.matches(stored, "Right-horse-4712")


@pytest.mark.parametrize("stored", [None, "", "plain text", "$argon2id$broken"])
def test_nobody_and_a_broken_hash_match_nothing(stored):
    assert not passwords.matches(stored, "nobody has this password")


@pytest.mark.parametrize("password", ["password", "12345678", "PassWord1", "iloveyou1", "11111111"])
def test_common_passwords_are_known(password):
    assert passwords.is_common(password)


def test_the_list_is_longer_than_asvs_asks():
    assert len(passwords._common) >= 3000


@pytest.mark.parametrize("password", ["Right-horse-4711", "密码密马骑马去看海", "q7#Lz2!m"])
def test_others_are_not(password):
    assert not passwords.is_common(password)
