using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Mvc;
using ServiceDefaults;

namespace Portfolio.Transactions;

/// <summary>Pages by their number, beside cursors.</summary>
public readonly record struct NumberedPageRequest(
    [property: FromQuery(Name = "page"), Range(1, int.MaxValue),
        Description("The page of that number, from 1, instead of a cursor's; the answer then has totals.")]
    int? Page = null,
    [property: FromQuery(Name = "perPage"), Range(1, PageRequest.MaxLimit),
        Description("How many entries a numbered page holds, from 1 to 200; 50 when left out.")]
    int? PerPage = null)
{
    internal bool IsAsked => Page is not null || PerPage is not null;

    internal int Number => Page ?? 1;

    internal int Size => PerPage ?? PageRequest.DefaultLimit;

    internal long Offset => IsAsked ? (Number - 1L) * Size : 0;

    /// <exception cref="DomainException"><c>limit-out-of-range</c>, or <c>invalid-parameter</c> beside a cursor or a limit.</exception>
    internal PageRequest AsPageRequest(PageRequest other)
    {
        if (other.Cursor is not null || other.Limit is not null) throw Instant.Invalid("page", "goes with 'perPage', not with 'limit' or 'cursor'.");
        if (Number < 1) throw Instant.Invalid("page", "is 1 or more.");
        if (Size is < 1 or > PageRequest.MaxLimit)
            throw new DomainException("limit-out-of-range", $"The page size is from 1 to {PageRequest.MaxLimit}, not {Size}.", "?perPage");
        return new(Size);
    }
}
