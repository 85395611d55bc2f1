"""The whole service as its users meet it: a phone, JavaScript off, mails read in the outbox."""

import re

from playwright.sync_api import expect

from tests.browser import walk
from tests.browser.house import open_house
from tests.browser.pictures import take_picture


def test_a_parent_refuses_the_school_is_told_and_answers_and_staff_find_it(arrive, desk):
    parent = arrive(desk)

    # A parent finds the school, refuses, and sees the very letter before sending it.
    parent.go("/")
    parent.look("start")
    parent.page.get_by_role("button", name="Start now").click()
    parent.page.get_by_label("We send the letter to the school by e-mail").check()
    parent.press("Continue")
    parent.page.get_by_label("Name, town or postcode of the school").fill("windmill hill")
    parent.press("Search")
    take_picture(parent.page, "search")
    parent.page.get_by_label("Windmill Hill Primary School").check()
    parent.press("Continue")
    parent.page.get_by_label("Full name of the child").fill(walk.CHILD)
    parent.page.get_by_label("Class (optional)").fill(walk.CLASS)
    parent.press("Continue")
    for item in ("Nationality", "Country of birth"):
        expect(parent.page.get_by_label(item)).to_be_checked()
    parent.press("Continue")
    parent.page.get_by_label("Your full name").fill(walk.PARENT)
    parent.page.get_by_label("I am a parent or carer").check()
    parent.page.get_by_label("Your e-mail address").fill(walk.MAIL)
    parent.press("Continue")
    for words in (*walk.TYPED[:1], walk.CLASS, "Refused", "Windmill Hill Primary School"):
        expect(parent.page.locator("main")).to_contain_text(words)
    parent.press("Send to the school")
    expect(parent.page.locator("main")).to_contain_text(walk.MAIL)

    # The mail to the address holds nothing that was typed; its link opens a page with a button.
    parent.open_mail(walk.TO_PARENT, walk.MAIL)
    assert not [typed for typed in (walk.CHILD, walk.PARENT, walk.CLASS) if typed in parent.mail]
    parent.look("outbox-confirmation")
    parent.look_at_mail("mail-confirmation")
    done = parent.press_link("confirm")
    done.look("confirm")
    done.press("Confirm and send")
    [reference] = walk.read_references(done)
    done.look("done")

    # The school gets a letter that it can act on, and answers with one press.
    office = arrive(desk)
    office.open_mail(walk.TO_SCHOOL, "windmill-hill")
    for words in (walk.CHILD, walk.CLASS, walk.PARENT, walk.MAIL, "Refused", "5 October 2017", "1 November 2017"):
        assert words in office.mail
    assert reference in office.mail
    office.look("outbox-letter")
    office.look_at_mail("mail-letter")
    take_picture(office.page, "letter")
    answer = office.press_link("answer")
    assert not [typed for typed in walk.TYPED if typed in answer.page.content()]
    answer.look("answer")
    answer.press(re.compile("^Recorded as Refused"))
    expect(answer.page.locator("h1")).to_have_text("Thank you")
    answer.look("answered")
    assert "recorded “Refused”" not in done.page.content()
    done.page.reload()
    expect(done.page.locator("main")).to_contain_text("recorded “Refused”")
    done.look("done-recorded")

    # Staff sign in with two factors, and find the withdrawal by its reference without seeing a name.
    staff = arrive(desk)
    staff.go("/staff")
    staff.go("/staff/sign-in")
    staff.answer(user=desk.user, password=desk.password)
    staff.answer(code=walk.find_wrong_code(desk.secret))
    expect(staff.page).to_have_title(re.compile("^Error: "))
    staff.look("staff-code-wrong")
    walk.sign_in(staff)
    expect(staff.page).to_have_url(f"{desk.address}/staff/attention")
    staff.go("/staff/withdrawals")
    staff.page.get_by_label("Reference").fill(reference.lower())
    staff.press("Find")
    row = staff.page.locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(reference)
    expect(row).to_contain_text("Windmill Hill Primary School")
    expect(row).to_contain_text("Recorded as Refused")
    assert not [typed for typed in walk.TYPED if typed in staff.page.content()]
    staff.look("staff-withdrawals")
    take_picture(staff.page, "staff")


def test_where_the_pump_is_killed_before_the_letter_the_sweep_alone_delivers(arrive):
    with open_house(*walk.TYPED) as house:
        parent = arrive(house.desk)
        walk.come_to_check(parent)
        parent.press("Send to the school")
        parent.open_mail(walk.TO_PARENT, walk.MAIL)
        house.kill_pump()
        done = walk.confirm(parent)
        expect(done.page.locator("main")).to_contain_text("We send the letter to the school now")
        house.start_sweep()
        parent.open_mail(walk.TO_SCHOOL, "windmill-hill")
        assert walk.read_references(done)[0] in parent.mail
        done.page.reload()
        expect(done.page.locator("main")).to_contain_text("We sent the letter")


def test_two_children_at_two_schools_are_two_letters(arrive):
    with open_house(*walk.TYPED) as house:
        parent = arrive(house.desk)
        walk.come_to_check(parent)
        parent.page.get_by_role("link", name="Add another child").click()
        walk.choose_school(parent, walk.TRINITY)
        walk.name_child(parent, walk.SECOND_CHILD)
        parent.look("check-two-children")
        parent.press("Send to the school")
        done = walk.confirm(parent)
        references = walk.read_references(done)
        assert len(set(references)) == 2
        done.look("done-two-children")
        first, second = (walk.CHILD, references[0]), (walk.SECOND_CHILD, references[1])
        for to, mine, others in (("windmill-hill", first, second), ("holy-trinity", second, first)):
            parent.open_mail(walk.TO_SCHOOL, to)
            assert all(words in parent.mail for words in mine)
            assert not any(words in parent.mail for words in others)
        parent.open_outbox()
        expect(parent.page.locator("ol.mails li")).to_have_count(3)


def test_with_scripts_a_double_press_is_sent_once_and_an_error_takes_the_focus(arrive):
    with open_house(*walk.TYPED) as house:
        parent = arrive(house.desk, scripts=True, width=1200)
        parent.go("/way")
        parent.press("Continue")
        expect(parent.page.locator(".govuk-error-summary")).to_be_focused()
        walk.come_to_check(parent)
        parent.page.get_by_role("button", name="Send to the school").dblclick()
        expect(parent.page).to_have_url(re.compile("/sent$"))
        assert parent.noticed.posts.count("/check") == 1
        done = walk.confirm(parent)
        parent.open_mail(walk.TO_SCHOOL, "windmill-hill")
        answer = parent.press_link("answer")
        answer.press(re.compile("^Dealt with"))
        expect(answer.page.locator("h1")).to_have_text("Thank you")
        done.page.reload()
        assert "recorded “Refused”" not in done.page.content()


def test_without_scripts_a_double_press_is_stored_once(arrive):
    with open_house(*walk.TYPED) as house:
        parent = arrive(house.desk)
        walk.come_to_check(parent)
        parent.page.get_by_role("button", name="Send to the school").dblclick()
        expect(parent.page).to_have_url(re.compile("/sent$"))
        done = walk.confirm(parent)
        parent.open_mail(walk.TO_SCHOOL, "windmill-hill")
        parent.open_outbox()
        expect(parent.page.locator("ol.mails li")).to_have_count(2)
        assert len(walk.read_references(done)) == 1


def test_a_letter_by_hand_is_printed_on_two_sheets_and_nothing_is_sent(arrive):
    with open_house(*walk.TYPED) as house:
        parent = arrive(house.desk)
        walk.come_to_check(parent, mail="")
        parent.page.get_by_role("button", name="Get the letter").click()
        expect(parent.page.locator("main")).to_contain_text(walk.CHILD)
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", parent.page.pdf(format="A4"))) <= 2
        parent.open_outbox()
        expect(parent.page.locator("main")).to_contain_text("None yet")
        house.expect_nothing_stored()
