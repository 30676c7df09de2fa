import { SignIn } from "../../components/SignIn";
import { whoAsks } from "../../lib/session";
import { signOut } from "../../lib/signIn";

export default async function Page() {
  const user = await whoAsks();
  return (
    <main>
      <div className="column">
        <h1>{user ? "Signed in" : "Sign in"}</h1>
        {user ? (
          <form action={signOut} className="sign-in">
            <p>
              The chat service knows you as <code>{user}</code>.
            </p>
            <button>Sign out</button>
          </form>
        ) : (
          <SignIn />
        )}
      </div>
    </main>
  );
}
