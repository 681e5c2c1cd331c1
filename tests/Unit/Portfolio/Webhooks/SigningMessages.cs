using System.Text;
using Portfolio.Webhooks;
using Shouldly;
using Xunit;

namespace Unit.Portfolio.Webhooks;

/// <summary>Standard Webhooks 1.0, with the vector of its reference libraries.</summary>
public sealed class SigningMessages
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_614_265_330);
    private static readonly byte[] Secret = Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    [Fact]
    public void the_specifications_vector_holds() =>
        WebhookSecret.Sign([Secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", At, Encoding.UTF8.GetBytes("{\"test\": 2432232314}"))
            .ShouldBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");

    [Fact]
    public void while_a_secret_is_replaced_there_is_a_signature_of_each()
    {
        byte[][] both = [WebhookSecret.New(), Secret];
        var signed = WebhookSecret.Sign(both, "msg_p5jXN8AQM9LWM0D4loKWxJek", At, Encoding.UTF8.GetBytes("{\"test\": 2432232314}"));

        var signatures = signed.Split(' ');
        signatures.Length.ShouldBe(2);
        signatures[1].ShouldBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        signatures[0].ShouldNotBe(signatures[1]);
    }

    [Fact]
    public void a_secret_is_long_enough_and_named_as_the_specification_has_it()
    {
        var text = WebhookSecret.Text(WebhookSecret.New());
        text.ShouldStartWith("whsec_");
        Convert.FromBase64String(text["whsec_".Length..]).Length.ShouldBeInRange(24, 64);
    }
}
