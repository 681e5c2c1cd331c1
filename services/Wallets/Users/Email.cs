using ServiceDefaults;

namespace Wallets;

/// <summary>E-mail addresses are checked lightly: only a message that arrives proves one.</summary>
internal static class Email
{
    // RFC 5321 section 4.5.3.1.3, without the angle brackets.
    private const int MaxLength = 254;

    /// <summary>The address without surrounding blanks.</summary>
    /// <exception cref="DomainException"><c>invalid-body</c>: it cannot be an address.</exception>
    public static string Parse(string text)
    {
        var email = text.Trim();
        var at = email.IndexOf('@', StringComparison.Ordinal);
        var possible = email.Length <= MaxLength && at > 0 && at == email.LastIndexOf('@') && at < email.Length - 1
            && !email.AsSpan().ContainsAnyExceptInRange('!', '~');
        return possible
            ? email
            : throw new DomainException("invalid-body", $"An e-mail address is name@domain in ASCII, at most {MaxLength} characters.",
                [new("/email", "email", "This is not an e-mail address.")]);
    }
}
