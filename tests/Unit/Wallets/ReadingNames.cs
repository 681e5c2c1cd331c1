using ServiceDefaults;
using Shouldly;
using Wallets;
using Xunit;

namespace Unit.Wallets;

public sealed class ReadingNames
{
    [Theory]
    [InlineData("Savings", "Savings")]
    [InlineData("  Rücklagen für Ägypten 🏖️ ", "Rücklagen für Ägypten 🏖️")]
    [InlineData("a", "a")]
    public void a_label_is_any_text_without_its_surrounding_blanks(string given, string kept) => Label.Parse(given).ShouldBe(kept);

    [Fact]
    public void a_hundred_characters_fit_however_many_bytes_they_need() =>
        Label.Parse(string.Concat(Enumerable.Repeat("𝔏", 100))).EnumerateRunes().Count().ShouldBe(100);

    [Theory]
    [InlineData("", "label-empty")]
    [InlineData(" \t ", "label-empty")]
    [InlineData("\0\u0001", "label-empty")]
    [InlineData("\u200B\u200D\uFEFF", "label-empty")]
    [InlineData("\u2060 \u3164", "label-empty")]
    [InlineData("two\nlines", "label-characters")]
    [InlineData("nul\0", "label-characters")]
    [InlineData("turned \u202Eround", "label-characters")]
    [InlineData("half \uD83D", "label-characters")]
    public void what_cannot_be_shown_is_no_label(string given, string code)
    {
        var refusal = Should.Throw<DomainException>(() => Label.Parse(given));

        refusal.Problem.Code.ShouldBe("invalid-body");
        refusal.Errors.ShouldHaveSingleItem().Code.ShouldBe(code);
    }

    [Theory]
    [InlineData(101)]
    [InlineData(100_000)]
    public void a_label_has_an_end(int length) =>
        Should.Throw<DomainException>(() => Label.Parse(new string('x', length))).Errors.ShouldHaveSingleItem().Code.ShouldBe("label-too-long");

    [Fact]
    public void no_label_stays_none() => Label.ParseOptional(null).ShouldBeNull();

    [Theory]
    [InlineData("a@b")]
    [InlineData("some.one+tag@mail.example.org")]
    [InlineData(" admin@example.org ")]
    public void what_may_be_an_email_address_is_taken(string email) => Email.Parse(email).ShouldBe(email.Trim());

    [Theory]
    [InlineData("")]
    [InlineData("nobody")]
    [InlineData("@example.org")]
    [InlineData("nobody@")]
    [InlineData("a@b@c")]
    [InlineData("two words@example.org")]
    [InlineData("new\nline@example.org")]
    public void what_cannot_be_an_email_address_is_refused(string email) =>
        Should.Throw<DomainException>(() => Email.Parse(email)).Errors.ShouldHaveSingleItem().Pointer.ShouldBe("/email");

    [Fact]
    public void an_email_address_has_an_end() =>
        Should.Throw<DomainException>(() => Email.Parse(new string('x', 250) + "@example.org"));
}
