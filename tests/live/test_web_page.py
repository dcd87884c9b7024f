"""Airflow's web page in a real browser: who was created logs in, and sees the DAGs and the grid of a backfill."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.live.conftest import CHECKOUT, LivePlatform

pytestmark = pytest.mark.live

SCREENSHOTS = CHECKOUT / "build" / "screenshots"
SWITCHES = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--window-size=1400,900")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """Chromium without a window, with a profile of its own. `--no-sandbox`: it refuses to run as root otherwise."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not program or not driver:
        pytest.skip("no chromium here: shell/test.sh installs it on Debian")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for switch in (*SWITCHES, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(switch)
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    chrome.set_page_load_timeout(60)
    try:
        yield chrome
    finally:
        chrome.quit()


def wait(browser: webdriver.Chrome) -> WebDriverWait[webdriver.Chrome]:
    # The page may be replaced while it is read.
    return WebDriverWait(browser, 60, ignored_exceptions=[StaleElementReferenceException])


def text(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "body").text


def keep(browser: webdriver.Chrome, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    assert browser.save_screenshot(str(SCREENSHOTS / f"{name}.png"))


def log_in(browser: webdriver.Chrome, address: str, name: str, password: str) -> None:
    browser.get(address)
    wait(browser).until(lambda b: b.find_elements(By.NAME, "username"))
    browser.find_element(By.NAME, "username").send_keys(name)
    browser.find_element(By.NAME, "password").send_keys(password + "\n")
    wait(browser).until(lambda b: "/auth/login" not in b.current_url)


def test_a_created_user_sees_the_dags_and_the_grid_of_a_backfill(
    platform: LivePlatform, browser: webdriver.Chrome
) -> None:
    words = ("user", "create", "learner", "--role", "Viewer", "--email", "learner@localhost", "--password-file", "-")
    made = platform.mlopsctl(*words, input="a-pass-word-7\n")
    assert made.code == 0, made.out + made.err
    dag, days = "data_extract_pipeline", ("2023-11-01", "2023-11-03")
    filled = platform.mlopsctl("backfill", dag, "--from", days[0], "--to", days[1], "--unpause", "--yes")
    assert filled.code == 0, filled.out + filled.err
    address = platform.json("status")["data"]["api_url"]

    log_in(browser, address, "learner", "a-pass-word-7")
    browser.get(f"{address}/dags")
    wait(browser).until(lambda b: "data_extract_pipeline" in text(b))
    keep(browser, "dags")
    browser.get(f"{address}/dags/{dag}")
    wait(browser).until(lambda b: len(b.find_elements(By.CSS_SELECTOR, f"a[href*='/dags/{dag}/runs/']")) >= 3)
    # A column per run, a row per task: all seven of them, in the grid.
    tasks = ("create_scratch_database", "create_applicants", "create_family_counts", "delete_features")
    wait(browser).until(lambda b: all(name in text(b) for name in tasks))
    keep(browser, "grid")
    assert "insert_features" in text(browser)


def test_wrong_password_cannot_log_in(platform: LivePlatform, browser: webdriver.Chrome) -> None:
    address = platform.json("status")["data"]["api_url"]
    browser.get(address)
    wait(browser).until(lambda b: b.find_elements(By.NAME, "username"))
    browser.find_element(By.NAME, "username").send_keys("admin")
    browser.find_element(By.NAME, "password").send_keys("not-it\n")
    wait(browser).until(lambda b: "Invalid" in text(b) or "invalid" in text(b))
    assert "/auth/login" in browser.current_url
