type Props = { suggestions: string[]; send: (text: string) => void };

export function Welcome({ suggestions, send }: Props) {
  return (
    <section className="welcome">
      <h1>What would you like to know?</h1>
      <ul>
        {suggestions.map((text) => (
          <li key={text}>
            <button type="button" onClick={() => send(text)}>
              {text}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
