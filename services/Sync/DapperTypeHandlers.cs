using System.Data;
using Chains;
using Dapper;

namespace Sync;

/// <summary>How rows are read into our types: amounts come as text (<c>::text</c>), instants as timestamptz.</summary>
internal static class DapperTypeHandlers
{
    public static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new AmountHandler());
        SqlMapper.AddTypeHandler(new InstantHandler());
    }

    private sealed class AmountHandler : SqlMapper.TypeHandler<Amount>
    {
        public override Amount Parse(object value) => Amount.Parse((string)value);

        public override void SetValue(IDbDataParameter parameter, Amount value) => parameter.Value = value.ToString();
    }

    private sealed class InstantHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => value is DateTimeOffset instant ? instant : new DateTimeOffset((DateTime)value);

        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) => parameter.Value = value.ToUniversalTime();
    }
}
