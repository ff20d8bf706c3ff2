"""What a page says while a part of the system does not answer."""

from django.db import OperationalError, connection

from amarktai.dashboard.tests.builders import window


def test_a_page_whose_database_does_not_answer_says_so_and_when_to_come_back(alice):
    def gone(*_):
        raise OperationalError("the connection is lost")

    client = window(alice)
    client.raise_request_exception = False
    with connection.execute_wrapper(gone):
        answer = client.get("/money/", headers={"Accept": "text/html"})

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "A part of the system does not answer" in answer.content.decode()
    assert 'href="/money/"' in answer.content.decode()
    assert client.get("/money/").status_code == 200
