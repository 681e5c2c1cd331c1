namespace ServiceDefaults;

/// <summary>A rule said no: answered as the catalogue's problem of that code, with a detail that is safe to show to the client.</summary>
public sealed class DomainException : Exception
{
    /// <param name="code">A code of <see cref="Problems"/>.</param>
    /// <param name="detail">What is wrong in this very case, for people; shown to the client.</param>
    /// <param name="pointer">The place in the body (JSON pointer) or <c>?name</c> of a query parameter, if there is one.</param>
    public DomainException(string code, string detail, string? pointer = null)
        : this(code, detail, pointer is null ? [] : [new FieldError(pointer, code, detail)]) { }

    /// <param name="code">A code of <see cref="Problems"/>.</param>
    /// <param name="detail">What is wrong in this very case, for people; shown to the client.</param>
    /// <param name="errors">Each place that is wrong, with a finer code of its own.</param>
    public DomainException(string code, string detail, IReadOnlyList<FieldError> errors) : base(detail)
    {
        Problem = Problems.Get(code);
        Errors = errors;
    }

    /// <summary>The catalogue's entry.</summary>
    public Problem Problem { get; }

    /// <summary>Each place that is wrong; empty when it is the request as a whole.</summary>
    public IReadOnlyList<FieldError> Errors { get; }

    /// <summary>When it is worth trying again, if that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
